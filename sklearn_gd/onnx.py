"""Conversion to ONNX: importing this module teaches skl2onnx the estimator.

>>> import sklearn_gd.onnx  # doctest: +SKIP
>>> skl2onnx.to_onnx(model, X[:1].astype(numpy.float32))  # doctest: +SKIP

What an activation and a link become stands in two tables, `ACTIVATIONS` and `LINKS`,
keyed by their class. A user's own activation is converted once its class has an entry::

    @converts(sklearn_gd.onnx.ACTIVATIONS, Swish)
    def swish(nodes, activation, z):
        return nodes.add("Mul", z, nodes.add("Sigmoid", z))
"""

from __future__ import annotations

import math

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .classifier import GradientDescentMLPClassifier
from .core import activations, losses

try:
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import (
        BooleanTensorType,
        DoubleTensorType,
        FloatTensorType,
        Int64TensorType,
        StringTensorType,
        guess_proto_type,
    )
    from skl2onnx.proto import TensorProto

    from . import _onnx_around  # noqa: F401 - wraps converters of skl2onnx
except ImportError as error:
    raise ImportError(
        "sklearn_gd.onnx needs skl2onnx: pip install sklearn_gd[onnx]"
    ) from error

# For each class of activation or link the function that adds its nodes.
ACTIVATIONS: dict = {}
LINKS: dict = {}


def converts(table, kind):
    """Enters the decorated function under this class of activation or link.

    Parameters
    ----------
    table : ACTIVATIONS or LINKS
    kind : class
        A function for an activation is called with ``(nodes, activation, z)`` and
        returns the name of ``f(z)``. A function for a link is called with ``(nodes,
        raw)`` and returns the names of the decision and of the probabilities: what
        ``decide`` and ``probabilities`` of the link return for the raw prediction.
    """

    def enter(function):
        table[kind] = function
        return function

    return enter


class Nodes:
    """The nodes of a graph: each is added by one call, which returns its output's name.

    Parameters
    ----------
    scope, container : skl2onnx's, for unique names and for the graph
    dtype : TensorProto.FLOAT or TensorProto.DOUBLE, of all real numbers
    """

    def __init__(self, scope, container, dtype):
        self.scope, self.container, self.dtype = scope, container, dtype

    def add(self, operator, *inputs, output=None, **attributes):
        """Add a node; inputs are names, or numbers that become constants."""
        names = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        output = output or self.scope.get_unique_variable_name(operator.lower())
        name = self.scope.get_unique_operator_name(operator)
        self.container.add_node(operator, names, [output], name=name, **attributes)
        return output

    def constant(self, values, dtype=None):
        """The name of a constant."""
        name = self.scope.get_unique_variable_name("constant")
        values = np.asarray(values)
        dtype = self.dtype if dtype is None else dtype
        self.container.add_initializer(name, dtype, values.shape, values.ravel())
        return name

    def in_float32(self, operator, x):
        """A node for an operator that ONNX Runtime has for float32 only."""
        x = self.add("Cast", x, to=TensorProto.FLOAT)
        return self.add("Cast", self.add(operator, x), to=self.dtype)


@converts(ACTIVATIONS, activations.Identity)
def identity(nodes, activation, z):
    return z


@converts(ACTIVATIONS, activations.Logistic)
def logistic(nodes, activation, z):
    return nodes.add("Sigmoid", z)


@converts(ACTIVATIONS, activations.Tanh)
def tanh(nodes, activation, z):
    return nodes.add("Tanh", z)


@converts(ACTIVATIONS, activations.Relu)
def relu(nodes, activation, z):
    return nodes.add("Relu", z)


@converts(ACTIVATIONS, activations.LeakyRelu)
def leaky_relu(nodes, activation, z):
    return nodes.add("Max", z, nodes.add("Mul", z, activation.slope))


@converts(ACTIVATIONS, activations.Elu)
def elu(nodes, activation, z):
    below = nodes.add("Exp", nodes.add("Min", z, 0.0))
    return nodes.add("Add", nodes.add("Max", z, 0.0), nodes.add("Sub", below, 1.0))


@converts(ACTIVATIONS, activations.Silu)
def silu(nodes, activation, z):
    return nodes.add("Mul", z, nodes.add("Sigmoid", z))


@converts(ACTIVATIONS, activations.Gelu)
def gelu(nodes, activation, z):
    # Φ(z) = (1 + erf(z / √2)) / 2
    erf = nodes.in_float32("Erf", nodes.add("Mul", z, math.sqrt(0.5)))
    return nodes.add("Mul", z, nodes.add("Mul", nodes.add("Add", erf, 1.0), 0.5))


def above_zero(nodes, raw):
    return nodes.add("Cast", nodes.add("Greater", raw, 0.0), to=TensorProto.INT64)


def largest(nodes, raw):
    return nodes.add("ArgMax", raw, axis=1, keepdims=0)


def log_expit(nodes, x):
    """log(1 / (1 + exp(-x))) = min(x, 0) - log(1 + exp(-|x|)); it cannot overflow."""
    small = nodes.add("Exp", nodes.add("Neg", nodes.add("Abs", x)))
    log = nodes.add("Log", nodes.add("Add", small, 1.0))
    return nodes.add("Sub", nodes.add("Min", x, 0.0), log)


@converts(LINKS, losses.Softmax)
def softmax(nodes, raw):
    return largest(nodes, raw), nodes.add("Softmax", raw, axis=1)


@converts(LINKS, losses.OneVersusRest)
def one_versus_rest(nodes, raw):
    # Normalised probabilities are the softmax of their logarithms.
    return largest(nodes, raw), nodes.add("Softmax", log_expit(nodes, raw), axis=1)


@converts(LINKS, losses.TwoClasses)
def two_classes(nodes, raw):
    column = nodes.constant([-1], TensorProto.INT64)
    second = nodes.add("Sigmoid", raw)
    first = nodes.add("Sigmoid", nodes.add("Neg", raw))
    decision = nodes.add("Reshape", above_zero(nodes, raw), column)
    return decision, nodes.add("Concat", first, second, axis=1)


@converts(LINKS, losses.Logistic)
def multilabel(nodes, raw):
    return above_zero(nodes, raw), nodes.add("Sigmoid", raw)


def form_of(thing, table, name):
    """The function that converts a thing.

    Raises
    ------
    NotImplementedError
        If its class is not in the table; the message says how to enter it.
    """
    if type(thing) not in table:
        known = sorted(kind.__name__ for kind in table)
        raise NotImplementedError(
            f"{thing!r} has no ONNX form; {name} has {', '.join(known)}. Enter one "
            f"with @sklearn_gd.onnx.converts(sklearn_gd.onnx.{name}, "
            f"{type(thing).__name__}), or train with one of these."
        )
    return table[type(thing)]


def label_constants(classes):
    """The classes as ONNX knows labels, whole numbers or text: element type, values."""
    if classes.dtype.kind in "biuf":  # classes that are floats are whole
        return TensorProto.INT64, classes.astype(np.int64)
    return TensorProto.STRING, np.array([str(c).encode("utf-8") for c in classes])


def element_type(dtype):
    """ONNX's name for float32 and float64."""
    return TensorProto.DOUBLE if dtype == np.float64 else TensorProto.FLOAT


def set_output_types(operator):
    """Declares types and shapes of labels and probabilities; refuses what it must."""
    model = operator.raw_operator
    check_is_fitted(model)
    kind = model._model.labels.kind
    given = operator.inputs[0].type
    numeric = (FloatTensorType, DoubleTensorType, Int64TensorType, BooleanTensorType)
    if not isinstance(given, numeric):
        raise NotImplementedError(
            f"X of type {type(given).__name__} has no ONNX form here: give numbers, "
            "FloatTensorType([None, n_features])."
        )
    n_rows, n_classes = operator.inputs[0].get_first_dimension(), len(model.classes_)
    is_text = label_constants(model.classes_)[0] == TensorProto.STRING
    label = StringTensorType if is_text else Int64TensorType
    shape = [n_rows, n_classes] if kind == "multilabel" else [n_rows]
    operator.outputs[0].set_type(label(shape))
    real = DoubleTensorType if isinstance(given, DoubleTensorType) else FloatTensorType
    operator.outputs[1].set_type(real([n_rows, n_classes]))


def convert(scope, operator, container):
    """Adds the nodes of a fitted estimator to the graph.

    They compute in the dtype that the estimator computes in, whatever the dtype of X.
    """
    estimator = operator.raw_operator
    model = estimator._model
    nodes = Nodes(scope, container, element_type(model.state.theta.dtype))
    a = nodes.add("Cast", operator.inputs[0].full_name, to=nodes.dtype)
    layers = zip(
        estimator.coefs_,
        estimator.intercepts_,
        (*model.network.activations, activations.Identity()),
        strict=True,
    )
    for W, b, activation in layers:
        z = nodes.add("Add", nodes.add("MatMul", a, W), b)
        a = form_of(activation, ACTIVATIONS, "ACTIVATIONS")(nodes, activation, z)
    decision, probabilities = form_of(model.loss.link, LINKS, "LINKS")(nodes, a)
    label, probability = (output.full_name for output in operator.outputs)
    told = guess_proto_type(operator.outputs[1].type)
    if container.get_options(estimator, {"raw_scores": False})["raw_scores"]:
        scores = raw_scores(nodes, model, a)
    else:
        scores = probabilities
    nodes.add("Cast", scores, output=probability, to=told)
    if model.labels.kind == "multilabel":
        nodes.add("Identity", decision, output=label)
    else:
        element, classes = label_constants(estimator.classes_)
        classes = nodes.constant(classes, element)
        nodes.add("Gather", classes, decision, output=label, axis=0)


def raw_scores(nodes, model, raw):
    """What decision_function returns, a column for each class, as skl2onnx has it."""
    if model.labels.kind != "binary":
        return raw
    return nodes.add("Concat", nodes.add("Neg", raw), raw, axis=1)


update_registered_converter(
    GradientDescentMLPClassifier,
    "SklearnGDGradientDescentMLPClassifier",
    set_output_types,
    convert,
    options={
        "zipmap": [True, False, "columns"],
        "output_class_labels": [False, True],
        "nocl": [True, False],
        "raw_scores": [True, False],
    },
)
