"""Directions: columns that say the same are one, and nothing of the matrix is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from trainer.fit.collinear import merge_collinear_columns


def dense(matrix: csr_array) -> tuple[np.ndarray, np.ndarray]:
    found = merge_collinear_columns(matrix).toarray()
    return found, matrix.toarray()


def test_multiples_are_one_direction_and_zeros_none() -> None:
    one, other = np.array([1.0, 0.0, 2.0]), np.array([2.0, 0.0, 1.0])
    found, _ = dense(csr_array(np.stack([one, other, 3 * one, 0 * one, one], axis=1), dtype=np.float32))
    assert found.shape == (5, 2)
    of_one = int(found[0].argmax())
    assert found[:, of_one] == pytest.approx(np.array([1, 0, 3, 0, 1]) / np.sqrt(11))
    assert found[:, 1 - of_one] == pytest.approx([0, 1, 0, 0, 0])


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_they_are_of_unit_length_and_lose_nothing(seed: int, rows: int, columns: int) -> None:
    dice = np.random.default_rng(seed)
    plain = dice.integers(0, 3, (rows, columns)) * (dice.random((rows, columns)) < 0.4)
    more = np.concatenate((plain, plain * dice.uniform(0.1, 9, columns)), axis=1).astype(np.float32)
    found, matrix = dense(csr_array(more))
    assert found.T @ found == pytest.approx(np.eye(found.shape[1]), abs=1e-5)
    assert matrix @ found @ found.T == pytest.approx(matrix, rel=1e-4, abs=1e-4)
    assert found.shape[1] <= columns


def test_multiples_that_are_rounded_are_one_direction_nearly_always() -> None:
    dice = np.random.default_rng(2)
    plain = dice.random((300, 200)) * (dice.random((300, 200)) < 0.1)
    more = np.concatenate((plain, plain * dice.uniform(0.1, 9, 200)), axis=1).astype(np.float32)
    found, matrix = dense(csr_array(more))
    assert 200 <= found.shape[1] <= 240
    assert matrix @ found @ found.T == pytest.approx(matrix, rel=1e-4, abs=1e-4)


def test_a_stored_zero_and_an_entry_in_two_pieces_are_what_they_add_up_to() -> None:
    pieces = csr_array((np.array([1, 2, 0, 3], np.float32), np.array([0, 0, 1, 2]), np.array([0, 4])), shape=(1, 3))
    found = merge_collinear_columns(pieces).toarray()
    assert found == pytest.approx(np.array([[1], [0], [1]]) / np.sqrt(2))


def test_a_matrix_of_zeros_has_none() -> None:
    assert merge_collinear_columns(csr_array((4, 3), dtype=np.float32)).shape == (3, 0)
