"""The classifier: what it is told, and what it predicts."""

from __future__ import annotations

from sklearn.base import ClassifierMixin

from ._sklearn import StrOptions
from .core.losses import LOSSES, Loss
from .estimator import GradientDescentMLP


class GradientDescentMLPClassifier(ClassifierMixin, GradientDescentMLP):
    """Multilayer perceptron trained by mini-batch gradient descent.

    Each epoch walks once over the training rows in random mini-batches. After each
    batch every weight and bias takes a step against the gradient of the cost. Dense
    and sparse input, sample and class weights, several labels a row, and streams by
    `partial_fit` are supported. The fitted parameters are always finite: where training
    diverges, it goes back to the last good parameters and halves the learning rate.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Number of neurons in each hidden layer. ``()`` is a network without a hidden
        layer, that is, a linear model.

    activation : str, Activation or sequence of them, default='relu'
        Activation of the hidden neurons; a sequence gives each hidden layer its own.
        With ``z`` for the weighted sum:

        - 'identity': z
        - 'logistic': 1 / (1 + exp(-z))
        - 'tanh': tanh(z)
        - 'relu': max(0, z)
        - 'leaky_relu': max(z, 0.01 z)
        - 'elu': z if z > 0, else exp(z) - 1
        - 'silu': z / (1 + exp(-z))
        - 'gelu': z Φ(z), Φ the standard normal distribution function

    output_activation : {'auto', 'softmax', 'logistic'}, default='auto'
        'auto' is softmax for several classes, and logistic for two classes and for
        several labels a row. 'logistic' with several classes gives independent output
        neurons; the probabilities are then their activations, divided by their sum.

    loss : {'squared_error', 'log_loss'} or Loss, default='log_loss'
        Cost of a sample, with ``p`` for the output activations and ``t`` for the wanted
        ones, 1 for the class of the sample and 0 elsewhere:

        - 'squared_error': Σ_k (p_k - t_k)² over all classes. On softmax this is the
          Brier score, a proper scoring rule [2]_. For two classes it is 2 (p - t)².
        - 'log_loss': cross-entropy, -Σ_k t_k log(p_k) on softmax; with logistic output
          neurons each adds its own, -t_k log(p_k) - (1 - t_k) log(1 - p_k).

    solver : {'sgd', 'adam', 'lbfgs'} or UpdateRule, default='sgd'
        How the gradient becomes a step:

        - 'sgd': stochastic gradient descent with momentum [1]_, [5]_.
        - 'adam': steps scaled for each parameter [6]_. On sparse input it is lazy: a
          weight of the first layer waits until its feature occurs in a batch.
        - 'lbfgs': L-BFGS-B of SciPy on all rows [8]_. It chooses its own step sizes and
          has no `partial_fit`; an iteration counts as an epoch.

    learning_rate : float or 'auto', default='auto'
        Step size per update, before the schedule; the value in use is `learning_rate_`.
        A number is the η of ``θ ← θ - η ∇C`` to the letter. 'auto' holds for any data:

        - It follows the rows b of a batch, since the noise of a gradient falls with
          more of them: 0.2 (b / 200)^0.85, at most 0.8, for 'sgd', and
          0.005 √(b / 200), at most 0.005, for 'adam'.
        - A gradient of the data that would by itself move the parameters of 'sgd' by
          more than 0.1 is shortened to that: gradient clipping [9]_.
        - X is multiplied by one factor, so that its units do not matter; see Notes.

    learning_rate_schedule : str or Schedule, default='constant'
        Factor of the learning rate in an epoch, counted from 0:

        - 'constant': 1
        - 'invscaling': 1 / √(1 + epoch)
        - 'adaptive': a fifth of the last, each time that `n_iter_no_change` epochs
          brought no progress; training ends after the sixth time
        - 'cosine': 0.01 + 0.99 (1 + cos(π epoch / max_iter)) / 2

    batch_size : int, 'auto' or 'full', default='auto'
        Rows of a mini-batch. 'auto' is 200, 'full' is plain gradient descent on all
        rows. More rows than there are means all of them.

    momentum : float in [0, 1), default=0.9
        Share of the last velocity that is kept at each step. Only for 'sgd'.

    nesterovs_momentum : bool, default=True
        Whether the momentum is Nesterov's. Only for 'sgd' with ``momentum > 0``.

    beta_1 : float in [0, 1), default=0.9
        Decay of the mean gradient at each step. Only for 'adam'.

    beta_2 : float in [0, 1), default=0.999
        Decay of the mean squared gradient at each step. Only for 'adam'.

    epsilon : float, default=1e-8
        Added to the root of the mean squared gradient. Only for 'adam'.

    alpha : float or 'auto', default='auto'
        Strength of the L2 penalty (alpha / 2) Σ weights², which is added to the mean
        cost. A number is not divided by the number of rows. Biases are not penalised.
        'auto' counts less, the more rows there are: 2 / n, but at least 0.0003 and at
        most 0.003, for n rows in a call. In a stream, rows that were seen before count
        too, a hundredth of each; the value in use is `alpha_`.

    average : bool, default=True
        Whether the network predicts with the running average of its parameters over the
        steps instead of with the last ones, which the steps go on from. The last ninth
        of the steps has most of the weight [10]_. Not for 'lbfgs'.

    init : {'auto', 'random'} or array-like of shape (n_parameters,), default='auto'
        Where training starts, in the order of `parameters_`:

        - 'auto': random weights whose effects cancel out, so that the class frequencies
          are predicted; see Notes.
        - 'random': every weight from N(0, 1 / fan_in) and every bias from N(0, 1), so
          that the error is large.

    dropout : float in [0, 1), default=0.0
        Share of the hidden neurons that are left out at random in each training step
        [7]_. Prediction uses all of them.

    max_iter : int, default=100
        Largest number of epochs.

    tol : float or None, default=0.05
        Progress is a monitored cost that is lower by this share than at the last
        progress; near the start, by this share of what it has come down so far. The
        validation cost is monitored if there is one, else the training cost. None runs
        all `max_iter` epochs, without a warning.

    n_iter_no_change : int, default=10
        Training ends after this number of epochs in a row without progress.

    early_stopping : bool or 'auto', default=False
        Whether to hold out a stratified part of the training rows for validation, if
        `fit` is not given ``X_val, y_val``. In both cases the parameters of the epoch
        with the lowest validation cost are given back. 'auto' holds rows out of at
        least 1,000 with 100 of each class: there it brought a lower log loss in half
        the time and cost no accuracy, on fewer it cost accuracy (docs/defaults.md).

    validation_fraction : float in (0, 1), default=0.1
        Share of the rows that `early_stopping` holds out.

    class_weight : dict, 'balanced' or None, default=None
        Weight of each class, multiplied with the weight of the sample. Classes that a
        dict does not name have weight 1. 'balanced' is n_samples / (n_classes × rows
        of the class); it is not for `partial_fit`.

    shuffle : bool, default=True
        Whether the rows are in a new random order in every epoch.

    warm_start : bool, default=False
        Whether `fit` goes on from the present parameters instead of new ones. The
        learning rate, its schedule and the state of the solver start afresh.

    n_jobs : int or None, default=None
        Number of BLAS threads while training; -1 means all processors. None means one,
        unless a step is so large that several pay. Results do not depend on it beyond
        rounding.

    random_state : int, RandomState or Generator instance, or None, default=None
        Seed of the initial weights, the order of the rows, dropout and the hold-out. An
        instance is advanced by one draw in every `fit`, which therefore differ.
        NumPy's global generator is neither read nor changed.

    verbose : bool or int, default=0
        Whether to print a line about each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted; the column numbers for several labels a row.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.

    coefs_ : list of ndarray of shape (fan_in, fan_out)
        Weights of each layer. They cannot be written to: assign `parameters_`.

    intercepts_ : list of ndarray of shape (fan_out,)
        Biases of each layer, read only too.

    parameters_ : ndarray of shape (`n_parameters_`,)
        All weights, then all biases. Reading gives a copy; a vector that is assigned
        replaces them.

    n_parameters_ : int
        Number of weights and biases.

    n_layers_ : int
        Number of layers, with the input and output layers.

    n_outputs_ : int
        Number of output neurons: 1 for two classes.

    out_activation_ : str
        Activation of the output neurons.

    loss_ : float
        Training cost of the last epoch: the mean over its batches, each with the
        parameters it was met with, and the L2 penalty.

    best_loss_ : float
        Lowest training cost of an epoch in the last call.

    loss_curve_ : list of float
        Training cost of each epoch of the last call.

    validation_loss_curve_ : list of float or None
        Cost on the validation rows after each epoch, without the penalty.

    validation_scores_ : list of float or None
        Accuracy on the validation rows after each epoch.

    best_validation_score_ : float or None
        Highest accuracy on the validation rows.

    n_iter_ : int
        Number of epochs of the last call.

    best_epoch_ : int
        Number of the epoch that the parameters are from: the one with the lowest
        validation cost, or else the last; the first is 1.

    stop_reason_ : str or None
        Why the last `fit` ended: 'converged' if there was no more progress, 'max_iter'
        after all epochs, 'callback' if a callback asked for it, 'interrupted' by
        Ctrl-C. None after `partial_fit`.

    t_ : int
        Number of training rows seen since the start, counted in every epoch.

    alpha_ : float
        Strength of the L2 penalty: `alpha`, or what 'auto' came to in the last call.

    learning_rate_ : float
        Learning rate of the coming epoch, after schedule and halvings.

    running_loss_ : float or None
        Mean of `loss_` over the calls of `partial_fit`; its memory is 1,000 rows.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : The same model with other defaults; the
        parameters of the same name have the same meaning.

    Notes
    -----
    The network computes ``a_l = f(a_{l-1} W_l + b_l)`` from ``a_0 = x``. The last layer
    has no ``f``: its sum is the raw prediction of `decision_function`.

    The cost of the parameters θ on rows with weights w is ::

        C(θ) = Σᵢ wᵢ ℓᵢ(θ) / Σᵢ wᵢ + (alpha / 2) Σ weights²

    A mini-batch B of n rows in all estimates it without bias::

        C_B(θ) = n / (|B| Σᵢ wᵢ) Σ_{i ∈ B} wᵢ ℓᵢ(θ) + (alpha / 2) Σ weights²

    so that weights act at batch size 1 too. In `partial_fit` weights are absolute, 1 is
    an ordinary sample: a stream has no total. With g = ∇C_B(θ) and learning rate η, a
    step of 'sgd' is ::

        v ← momentum v + g
        θ ← θ - η (g + momentum v)    with Nesterov's momentum
        θ ← θ - η v                   without

    With ``learning_rate="auto"`` the network sees f X, where the factor f makes rows
    about as long as those of standardised features: ::

        f = √(min(n_features, 100) / mean |x|²)

    The mean is over rows that are not all zero, each with at most 100 times the squared
    length of the median row. The steps and the penalty are those of the weights that
    belong to f X; `coefs_`, `parameters_` and gradients are shown in the units of X. A
    stream takes f from its first rows.

    Hidden weights start uniform with standard deviation gain √(2 / (fan_in + fan_out))
    [3]_, where gain is 1.2 for 'relu', √2 for its relatives [4]_, 2 for 'logistic' and
    else 1; output weights likewise with a gain of 2. The neurons of the last hidden
    layer start in pairs with equal incoming and opposite outgoing weights [11]_, so
    that the first prediction is that of the output biases: the class frequencies, mixed
    with a tenth of a uniform distribution. With dropout, which would part the pairs,
    output weights start at 0.

    Computation runs in float32 for X of float32, float16, bool and integers of 8 or 16
    bits, which are converted batch by batch; in float64 for everything else.

    When an epoch ends with parameters or a cost that is not finite, or is worse than
    the start and than always predicting the class frequencies, the parameters go back
    to the last good ones and the learning rate is halved. A ``ConvergenceWarning``
    tells. Training that ends above the class frequencies ends with them.

    References
    ----------
    .. [1] Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986). Learning
       representations by back-propagating errors. Nature 323, 533-536.
    .. [2] Brier, G. W. (1950). Verification of forecasts expressed in terms of
       probability. Monthly Weather Review 78, 1-3.
    .. [3] Glorot, X. and Bengio, Y. (2010). Understanding the difficulty of training
       deep feedforward neural networks. AISTATS, equation 16.
    .. [4] He, K., Zhang, X., Ren, S. and Sun, J. (2015). Delving deep into rectifiers.
       ICCV.
    .. [5] Sutskever, I., Martens, J., Dahl, G. and Hinton, G. (2013). On the importance
       of initialization and momentum in deep learning. ICML.
    .. [6] Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization.
       ICLR, algorithm 1.
    .. [7] Srivastava, N., Hinton, G., Krizhevsky, A., Sutskever, I. and Salakhutdinov,
       R. (2014). Dropout: a simple way to prevent neural networks from overfitting.
       JMLR 15, section 10.
    .. [8] Liu, D. C. and Nocedal, J. (1989). On the limited memory BFGS method for
       large scale optimization. Mathematical Programming 45, 503-528.
    .. [9] Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training
       recurrent neural networks. ICML, algorithm 1.
    .. [10] Shamir, O. and Zhang, T. (2013). Stochastic gradient descent for non-smooth
       optimization. ICML, section 4.
    .. [11] Zhang, Y., Xu, Z.-Q. J., Luo, T. and Ma, Z. (2020). A type of generalization
       error induced by initialization in deep neural networks. MSML.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn_gd import GradientDescentMLPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X, X_test, y, y_test = train_test_split(X / 16, y, random_state=0)
    >>> network = GradientDescentMLPClassifier((16, 16), tol=None, max_iter=50,
    ...                                        random_state=0)
    >>> network.fit(X, y).score(X_test, y_test) > 0.95
    True
    >>> network.n_parameters_, [W.shape for W in network.coefs_]
    (1482, [(64, 16), (16, 16), (16, 10)])

    As a stream, a part after the other:

    >>> stream = GradientDescentMLPClassifier((16, 16), random_state=0)
    >>> for start in range(0, 1300, 50):
    ...     rows = slice(start, start + 50)
    ...     stream = stream.partial_fit(X[rows], y[rows], classes=range(10))
    >>> stream.t_
    1300
    """

    _parameter_constraints = {
        **GradientDescentMLP._parameter_constraints,
        "output_activation": [StrOptions({"auto", "softmax", "logistic"})],
        "loss": [StrOptions(set(LOSSES)), Loss],
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        output_activation="auto",
        loss="log_loss",
        solver="sgd",
        learning_rate="auto",
        learning_rate_schedule="constant",
        batch_size="auto",
        momentum=0.9,
        nesterovs_momentum=True,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        alpha="auto",
        average=True,
        init="auto",
        dropout=0.0,
        max_iter=100,
        tol=0.05,
        n_iter_no_change=10,
        early_stopping=False,
        validation_fraction=0.1,
        class_weight=None,
        shuffle=True,
        warm_start=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.output_activation = output_activation
        self.loss = loss
        self.solver = solver
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.batch_size = batch_size
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.alpha = alpha
        self.average = average
        self.init = init
        self.dropout = dropout
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.shuffle = shuffle
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # Prediction

    def decision_function(self, X):
        """Raw prediction of the network.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        raw : ndarray of shape (n_samples,) for two classes, else (n_samples, n_outputs)
            Above 0 means the second class, or that a label applies; of several
            classes the largest is predicted.
        """
        model = self._fitted()
        raw = self._predict(model, X, lambda raw: raw)
        return raw.ravel() if model.labels.n_outputs == 1 else raw

    def predict(self, X):
        """The most probable class of every row.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,), or (n_samples, n_labels) for multilabel
        """
        model = self._fitted()
        return model.labels.decode(self._predict(model, X, model.loss.link.decide))

    def predict_proba(self, X):
        """Probability of every class.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``. Rows sum to 1, except for multilabel, where
            each column is the probability of a label.
        """
        model = self._fitted()
        return self._predict(model, X, model.loss.link.probabilities)

    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`, finite for any finite raw prediction.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)
        """
        model = self._fitted()
        return self._predict(model, X, model.loss.link.log_probabilities)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
