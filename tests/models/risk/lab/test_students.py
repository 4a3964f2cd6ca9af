"""Requirements of the students: batches lose no hour, and a student learns what its teacher says of others."""

import numpy as np
import pytest
import torch

from models.risk.lab import students
from models.risk.network import Shape


def test_batches_hold_every_hour_of_the_chosen_stays_once() -> None:
    start = np.cumsum([0, *np.random.default_rng(0).integers(1, 40, 300)])
    chosen = np.arange(0, 300, 2)
    for generator in (None, np.random.default_rng(1)):
        rows = np.concatenate([rows[real] for rows, real in students.bundle(start, chosen, generator)])
        expected = np.concatenate([np.arange(start[stay], start[stay + 1]) for stay in chosen])
        np.testing.assert_array_equal(np.sort(rows), expected)


@pytest.mark.timeout(400)  # sixty epochs
def test_a_student_learns_what_the_teacher_tells_of_others() -> None:
    encoded = np.random.default_rng(5).normal(size=(3000, 6)).astype(np.float32)
    encoded[:, 4:] = 0
    taught = np.where(encoded[:, 0] > 0, 0.9, 0.1).astype(np.float32)
    lessons = students.Lessons(encoded, np.arange(0, 3001, 10), taught, np.arange(256))
    shape = Shape(features=4, knots=2, embedding=16, hidden=8, members=1)
    epochs: list[int] = []
    member = students.train_member(shape, lessons, 0, 60, torch.device("cpu"), epochs.append)
    told = students.score(member, encoded, lessons.start, np.arange(256, 300))
    assert epochs == list(range(1, 61))
    right = taught[2560:] > 0.5
    assert np.isnan(told[:2560]).all()
    assert told[2560:][right].mean() > told[2560:][~right].mean() + 0.3
