"""Exercise 9.1: what a network knows of labels of which there are more than two kinds."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def bits_known(p, labels, kinds):
    """Bits that are known of so many labels when a share p of the answers is right.

    All kinds are equally frequent, wrong answers fall on the others alike, and at
    p = 1/kinds, which guessing gives, nothing is known, nor is it below.
    """
    if p <= 1 / kinds:
        return 0.0
    shares = [p] + [(1 - p) / (kinds - 1)] * (kinds - 1)
    doubt = -sum(q * np.log2(q) for q in shares if q > 0)
    return labels * (np.log2(kinds) - doubt)


def by_mutual_information(p, labels, kinds):
    """The mutual information of labels and answers, summed over the table of how often which answer meets which label."""
    if p * kinds <= 1:
        return 0.0
    wrong = (1 - p) / (kinds - 1)
    joint = (np.full((kinds, kinds), wrong) + (p - wrong) * np.eye(kinds)) / kinds
    independent = joint.sum(axis=0) * joint.sum(axis=1, keepdims=True)
    known = joint > 0
    return labels * float((joint[known] * np.log2(joint[known] / independent[known])).sum())


def by_scipy(p, labels, kinds):
    """Two entropies and their difference."""
    from scipy.stats import entropy

    rest = np.full(kinds - 1, (1 - p) / (kinds - 1))
    return labels * (np.log2(kinds) - entropy([p, *rest], base=2)) if p > 1 / kinds else 0.0


def cases(draw):
    kinds = draw.size(14, smallest=2)
    p = draw.choice(draw.number(0.0, 1.0), draw.number(0.0, 1.0), draw.number(0.0, 1.0), 1.0, 1 / kinds)
    return {"p": p, "labels": 10 * draw.size(50), "kinds": kinds}


EXERCISE = Code(
    id="9.1",
    title="How many bits are in fourteen languages?",
    section="9.1",
    label="storing",
    statement=r"""
A coin has two sides, and (9.1) counts what a network knows of coins. Surnames come in fourteen languages. Suppose the labels are one of $K$ kinds, all
equally frequent, the network answers a share $p$ of $N$ labels right, and where it is wrong it names each of the other kinds equally often. How many bits
does it know of them?

Write `bits_known(p, labels, kinds)`, one number. For `kinds=2` it is (9.1). Somebody who guesses is right once in $K$ times and knows nothing; nor does who
is right less often.
""",
    cases=cases,
    solution=bits_known,
    reference=by_mutual_information,
    also_right=(by_scipy,),
    hints=(
        "What is known is what was not known before minus what is still in doubt after the answer. Before: log₂ K bits a label. For two kinds that is the 1 in (9.1).",
        "In doubt after the answer: the entropy of what the label may be. With probability p it is the one that was named; the remaining "
        "1 − p is spread over K − 1 other kinds, so each of them has (1 − p)/(K − 1).",
        "N·(log₂ K + p log₂ p + (1 − p) log₂((1 − p)/(K − 1))). For p ≤ 1/K return 0.0, and leave out a term whose share is 0: at p = 1 that is the last.",
    ),
    why=r"""
The answer narrows the label down from $K$ equal possibilities to a lopsided distribution, and the difference of the two entropies is what it tells. A wrong answer costs more the more
kinds there are: it does not say *which* of the others is right, and choosing among $K-1$ takes up to $\log_2(K-1)$ bits. So nine right answers in ten are
half of the information when there are two kinds, and more than three quarters when there are fourteen.
Section 9.1's formula has no such term because $\log_2 1 = 0$.
""",
    wrong=(
        Wrong(
            edited(bits_known, "shares = [p] + [(1 - p) / (kinds - 1)] * (kinds - 1)", "shares = [p, 1 - p]"),
            "a wrong answer is counted as if only one other kind were left. The doubt of 1 − p is spread over K − 1 kinds, (1 − p)/(K − 1) each.",
        ),
        Wrong(
            edited(bits_known, "labels * (np.log2(kinds) - doubt)", "labels * p * np.log2(kinds)"),
            "each right answer is paid in full. That pays for answers that are right by chance, and charges nothing for not knowing which are right: "
            "subtract the entropy that is left after the answer.",
        ),
        Wrong(
            edited(bits_known, "np.log2(kinds)", "1"),
            "the labels are taken for coins. Before the answer log₂ K bits are unknown, and 1 only for K = 2.",
        ),
        Wrong(
            edited(bits_known, "-sum(q * np.log2(q)", "-sum(q * np.log(q)", "(np.log2(kinds)", "(np.log(kinds)"),
            "it is counted in nats. A bit is a base-two logarithm: np.log2.",
        ),
        Wrong(
            edited(bits_known, "    if p <= 1 / kinds:\n        return 0.0\n", ""),
            "who is right less often than chance is paid as well. The entropy formula rises again below p = 1/K; return 0.0 there.",
        ),
    ),
    imports="import numpy as np",
)
