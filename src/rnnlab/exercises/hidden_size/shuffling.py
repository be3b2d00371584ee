"""Exercise 9.5, the clinic: an order of the data that is random once and for all."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rnnlab.exercises.exercise import Repair, Wrong
from rnnlab.exercises.source import edited


def orders(examples, epochs, seeds):
    """In which order every run sees its examples: (seeds, epochs, examples).

    All examples once an epoch, each time in a new random order. The same seed gives
    the same run again, and two seeds have nothing in common.
    """
    runs = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        run = []
        for _ in range(epochs):
            run.append(rng.permutation(examples))
        runs.append(run)
    return np.array(runs)


BROKEN = edited(
    orders,
    "        rng = np.random.default_rng(seed)\n        run = []\n        for _ in range(epochs):\n",
    "        run = []\n        for _ in range(epochs):\n            rng = np.random.default_rng(seed)\n",
)


def by_spawning(examples, epochs, seeds):
    """Every epoch has a generator of its own, the child of its run's seed."""
    children = [np.random.SeedSequence(seed).spawn(epochs) for seed in seeds]
    return [[np.random.default_rng(child).permutation(examples) for child in run] for run in children]


def by_torch(examples, epochs, seeds):
    """torch's generator, one for each run."""
    import torch

    def run(seed):
        noise = torch.Generator().manual_seed(1000 + seed)
        return torch.stack([torch.randperm(examples, generator=noise) for _ in range(epochs)])

    return torch.stack([run(seed) for seed in seeds])


def by_pairs(examples, epochs, seeds):
    """Seed and epoch both go into the generator, side by side, where they do not add up."""
    return np.array(
        [[np.random.default_rng([seed, epoch]).permutation(examples) for epoch in range(epochs)] for seed in seeds]
    )


def holds(case, result):
    """Whole epochs, new in each; the same for the same seed, another for another."""
    examples, epochs, seeds = case["examples"], case["epochs"], case["seeds"]
    got = np.asarray(result)
    if got.shape != (len(seeds), epochs, examples):
        return f"The result has shape {got.shape}; wanted is {(len(seeds), epochs, examples)}: seeds, epochs, examples."
    if not (np.sort(got, axis=-1) == np.arange(examples)).all():
        return f"There is an epoch that does not deal each of the {examples} examples exactly once."
    if (np.diff(got, axis=-1) == 1).all(axis=-1).any():
        return "There is an epoch that deals the examples as they lie, 0, 1, 2, …"
    runs = got.tolist()
    for one, seed in enumerate(seeds):
        companions = [{frozenset(pair) for pair in pairwise(order)} for order in runs[one]]
        for epoch in range(1, epochs):
            if len(companions[0] & companions[epoch]) > examples / 2:
                return f"Seed {seed}: in epoch {epoch + 1} the same examples follow one another as in epoch 1."
        for other in range(one):
            same = [(a, b) for a in range(epochs) for b in range(epochs) if runs[one][a] == runs[other][b]]
            if seeds[other] == seed and runs[one] != runs[other]:
                return f"Seed {seed} was asked for twice and gave two different runs."
            if seeds[other] != seed and same:
                a, b = same[0]
                return f"Epoch {a + 1} of seed {seed} has the order of epoch {b + 1} of seed {seeds[other]}."
    return None


def shown(examples, epochs, seeds):
    """Nothing beside the reader's own orders: every random one is right that has the properties."""


def cases(draw):
    seed = draw.size(40)
    return {"examples": draw.size(20, smallest=12), "epochs": draw.size(4, smallest=2), "seeds": [seed, seed + 1, seed]}


def symptom(answer):
    """With how many others has an example shared a minibatch, over twenty epochs, and how alike are two runs?"""
    examples, size, epochs = 40, 8, 20
    got = np.asarray(answer(examples, epochs, [1, 2, 1]))
    met = np.zeros((3, examples, examples), dtype=bool)
    for run in range(3):
        for batch in got[run].reshape(-1, size):
            met[run][np.ix_(batch, batch)] = True
    others = met.sum(axis=-1).mean() - 1
    told = f"{examples} examples in minibatches of {size}: over {epochs} epochs an example shares its batch with {others:.3g} of the {examples - 1} others."
    if holds({"examples": examples, "epochs": epochs, "seeds": [1, 2, 1]}, got) is None:
        return f"{told} All is well."
    shared = len({tuple(o) for o in got[0].tolist()} & {tuple(o) for o in got[1].tolist()})
    again = "is the same" if (got[0] == got[2]).all() else "is another one"
    return f"{told} Of its epochs, {shared} occur in the run of another seed as well; the run of the same seed, asked for again, {again}."


EXERCISE = Repair(
    id="9.5",
    title="Clinic: batches that never mix",
    section="9.2",
    label="errors",
    statement=r"""
Ten seeds, the same ten every time, and every run can be repeated to the last bit: this is how section 9.2 was made. Here is the part of such a study that shuffles. It can be repeated, the
orders look random, and each seed has its own. Yet the training loss, drawn minibatch by minibatch, shows the same zigzag in every epoch.
Find out by experiment what is wrong, and repair `orders`.

It returns the positions (seeds, epochs, examples): for every run, the order in which it sees the examples in every epoch. An epoch deals every example once. The same seed must give the same run, and different seeds, or
different epochs, must have no order in common.
""",
    solution=orders,
    broken=BROKEN,
    reference=shown,
    holds=holds,
    symptom=symptom,
    also_right=(by_spawning, by_torch, by_pairs),
    cases=cases,
    hints=(
        "Print the orders of one seed, epoch below epoch, for a dozen examples. Then those of another seed.",
        "A generator is a sequence of numbers with a place in it. What does `default_rng(seed)` do to that place, and how often is it called in one run?",
        "The seed is set inside the loop: every epoch begins the sequence anew and draws the same order. Create the generator once for each seed, before the loop over epochs, and go on drawing from it.",
    ),
    why=r"""
A seed fixes where a sequence of random numbers begins. Setting it again begins again. Who shuffles so has shuffled once: each example meets the same few companions in every epoch, and the noise of minibatches, which
should be new at every update, is a fixed pattern. Dropout masks drawn that way would remove the same units at the same place in every epoch. Nothing looks wrong, since
everything can be repeated; *repeatable* and *always the same* are different promises. One generator for a run, made once; where parts of a run need streams of their own, spawn them from one
seed instead of adding numbers to it.
""",
    wrong=(
        Wrong(
            edited(BROKEN, "default_rng(seed)", "default_rng(seed + epoch)", "for _ in", "for epoch in"),
            "the seeds share their epochs. seed + epoch gives the second epoch of seed 3 the order of the first of seed 4: numbers that are added up are no streams of their own. `default_rng([seed, epoch])` keeps them apart.",
        ),
        Wrong(
            edited(
                orders,
                "    runs = []\n",
                "    runs = []\n    rng = np.random.default_rng(0)\n",
                "        rng = np.random.default_rng(seed)\n",
                "",
            ),
            "the seed is not used. One generator runs through all seeds, so what a run sees depends on the runs before it, and nobody can repeat it alone.",
        ),
        Wrong(
            edited(orders, "default_rng(seed)", "default_rng(0)"),
            "all seeds are one. A generator with a fixed seed for every run makes ten copies of one run: their spread is zero and means nothing.",
        ),
        Wrong(
            edited(BROKEN, "default_rng(seed)", "default_rng(epoch)", "for _ in", "for epoch in"),
            "the epoch took the place of the seed. Now the epochs differ and the seeds do not.",
        ),
        Wrong(
            edited(
                BROKEN,
                "rng.permutation(examples)",
                "np.roll(rng.permutation(examples), epoch)",
                "for _ in",
                "for epoch in",
            ),
            "the same order is only turned. Whoever follows whom is the same in every epoch, so the minibatches hardly change.",
        ),
    ),
)
