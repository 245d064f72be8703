"""Builds the one part that is written in C; where no compiler is, the installation goes on without it."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "scorer.model._bit_vectors",
            ["scorer/model/bit_vectors.c"],
            extra_compile_args=["-O3", "-ffp-contract=off"],  # sums in the order of the source, as ONNX Runtime adds
            py_limited_api=True,  # it calls nothing of Python: one file serves every version
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},  # so that the wheel's name says it, too
)
