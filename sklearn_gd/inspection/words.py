"""What a gradient says, in English and Chinese: the phrases of the reports."""

from __future__ import annotations

from dataclasses import dataclass

# From this size on, relative to the largest component: which of the three `sizes`.
STEPS = (0.0, 0.2, 0.5)


@dataclass(frozen=True)
class Words:
    """The phrases of one language; names in braces are filled in."""

    language: str
    increase: str
    decrease: str
    stay: str
    sizes: tuple[str, str, str]
    hidden: str
    output: str
    neuron: str
    output_neuron: str
    weight: str
    bias: str
    # The table of a report, and what stands above it.
    header: tuple[str, ...]
    title: str
    largest: str
    more: str
    gains: str
    gains_little: str
    gains_nothing: str
    # The tug of war of samples.
    sample: str
    pulls: str
    sum: str
    whole: str
    angle: str

    def nudge(self, component, level):
        """What should become of a parameter with this component, of this size."""
        if component == 0:
            return self.stay
        phrase = self.increase if component > 0 else self.decrease
        return phrase.format(size=self.sizes[level])


ENGLISH = Words(
    language="en",
    increase="should increase {size}",
    decrease="should decrease {size}",
    stay="should stay as it is",
    sizes=("a little", "somewhat", "a lot"),
    hidden="hidden {number}",
    output="output",
    neuron="{layer} neuron {i}",
    output_neuron="output {label}",
    weight="weight from {source} to {target}",
    bias="bias of {target}",
    header=("index", "parameter", "value", "data", "L2", "for the data it"),
    title=(
        "Negative gradient of {n:,} parameters: the data ask for a length of "
        "{data:.3g}, L2 for {penalty:.3g}."
    ),
    largest="The {n:,} of which the data ask most:",
    more="... and {n:,} more",
    gains="For the data, a step of {step} lowers the cost from {before} to {after}.",
    gains_little=(
        "There is next to nothing to gain: for the data, a step of {step} takes the "
        "cost from {before} to {after}."
    ),
    gains_nothing=(
        "There is nothing to gain: no step lowers the cost of the data, {before}."
    ),
    sample="row {row}, {label}",
    pulls=(
        "What {n} rows ask of {parameters:,} parameters, each with its share in the "
        "cost of these rows; the {top:,} of which all rows ask most:"
    ),
    sum="their sum",
    whole="all rows",
    angle="angle to all",
)

CHINESE = Words(
    language="zh",
    increase="应{size}增大",
    decrease="应{size}减小",
    stay="应保持不变",
    sizes=("略微", "明显", "大幅"),
    hidden="隐藏层 {number}",
    output="输出层",
    neuron="{layer} 神经元 {i}",
    output_neuron="输出 {label}",
    weight="从 {source} 到 {target} 的权重",
    bias="{target} 的偏置",
    header=("编号", "参数", "值", "数据", "L2", "数据要求"),
    title="{n:,} 个参数的负梯度：数据所求的长度为 {data:.3g}，L2 为 {penalty:.3g}。",
    largest="数据要求最强的 {n:,} 个参数：",
    more="……另有 {n:,} 个",
    gains="对数据而言，步长 {step} 的一步使代价从 {before} 降到 {after}。",
    gains_little=(
        "几乎没有可得的收益：步长 {step} 的一步使数据的代价从 {before} 变到 {after}。"
    ),
    gains_nothing="没有可得的收益：任何一步都不会降低数据的代价 {before}。",
    sample="第 {row} 行，{label}",
    pulls=(
        "{n} 行数据对 {parameters:,} 个参数的要求，每行按其在这些行的代价中所占的"
        "份额；全体要求最强的 {top:,} 个："
    ),
    sum="合计",
    whole="全体",
    angle="与全体的夹角",
)

LANGUAGES = {words.language: words for words in (ENGLISH, CHINESE)}


def words_in(language):
    """The phrases of a language.

    Raises
    ------
    ValueError
        For a language that is not among `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(
            f"language={language!r} is unknown; choose one of {sorted(LANGUAGES)}."
        )
    return LANGUAGES[language]
