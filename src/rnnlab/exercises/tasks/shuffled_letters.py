"""Prediction: naive Bayes on letter groups, when the letters of every name are shuffled."""

from rnnlab.exercises.exercise import Prediction, Wrong


def truth() -> float:
    """The balanced error on the test names, after a fit on shuffled training names."""
    from dataclasses import replace

    import numpy as np

    from rnnlab import tasks
    from rnnlab.studies.simple_methods import surnames_task

    task, rng = surnames_task(), np.random.default_rng(0)
    train, test = (
        replace(part, names=tuple("".join(rng.permutation(list(name))) for name in part.names))
        for part in (task.train, task.test)
    )
    shuffled = replace(task, train=train, test=test)
    return 1 - shuffled.score(tasks.letter_ngrams(shuffled, shuffled.test, 4), shuffled.test.targets)


def in_order() -> float:
    """The error on the names as they are, from results/."""
    from rnnlab import studies
    from rnnlab.studies.simple_methods import SIMPLE_METHODS

    return float(studies.read(SIMPLE_METHODS).where(task="surnames").values()[0])


def single_letters() -> float:
    """The error of single letters, which know nothing of the order."""
    from rnnlab import tasks
    from rnnlab.studies.simple_methods import surnames_task

    task = surnames_task()
    return 1 - task.score(tasks.letter_ngrams(task, task.test, 1), task.test.targets)


EXERCISE = Prediction(
    id="5.4",
    title="Shuffle before you trust",
    section="5.4",
    label="wrong-tool",
    points=2,
    statement=r"""
Section 5.4 ends with a cheap experiment: shuffle, and see what is lost. Do it to the surnames. The strongest method on them is naive Bayes on groups of up to
four letters; the first table of section 5.1 says which share of the names it takes for another language. Naming one language blindly is wrong 13 times in 14. Now the
letters of every name are shuffled, in training and in the test: *murphy* has become *hpumry*. Which share of the names will the same method take
for another language? Commit to a number between 0 and 1.
""",
    hints=(
        "What is left when the order is gone? Which letters there are, and how many. What does a language betray by its letters "
        "alone: a *k*, a *w*, an *o* at every turn?",
        "The two ends of the scale are known: the error in the table if the order told nothing, and 13/14 if the letters told "
        "nothing. Which of the two do you think is nearer?",
        "Groups of *one* letter cannot see the order, so their error on the real names is known too: with "
        "`from rnnlab.studies.simple_methods import surnames_task`, `from rnnlab import tasks` and `task = surnames_task()` it is "
        "`1 - task.score(tasks.letter_ngrams(task, task.test, 1), task.test.targets)`. Shuffled groups of four add noise to "
        "that, so the answer lies a little above it.",
    ),
    why=r"""
A good part of what the method knew was order, and a good part was not: a bag of letters is far better than blind. So both halves of the chapter's
advice apply to the surnames. A model without order would get somewhere, and one that reads the order gets much further; hence the gated nets' lead there,
while the same experiment on the hours of a day lost nothing. A further trap is in it: the groups of four letters, the best method on real names, are worse on
shuffled ones than single letters are, since every group is then chance, and naive Bayes believes each of them.
""",
    truth=truth,
    scale="absolute",
    close=0.05,
    far=0.3,
    experiment="""
from dataclasses import replace

import numpy as np
from rnnlab import tasks
from rnnlab.studies.simple_methods import surnames_task

task, rng = surnames_task(), np.random.default_rng(0)


def shuffled(part):
    names = ("".join(rng.permutation(list(name))) for name in part.names)
    return replace(part, names=tuple(names))


train, test = shuffled(task.train), shuffled(task.test)
bag = replace(task, train=train, test=test)
for longest in (1, 4):
    logits = tasks.letter_ngrams(bag, test, longest)
    error = 1 - bag.score(logits, test.targets)
    print(f"groups of up to {longest}: {error:.2f}")
guess_5_4 = error
""",
    wrong=(
        Wrong(
            in_order,
            "that is the error on the names as they are: it would mean that the order of the letters says nothing about the language.",
        ),
        Wrong(
            single_letters,
            "that is what single letters reach, which never knew the order. Groups of letters in chance order tell nothing more, and "
            "counting them as if they did costs something.",
        ),
        Wrong(
            13 / 14,
            "that is the error of naming one language blindly: it would mean that the letters themselves say nothing. A w or a k does.",
        ),
    ),
)
