"""Metric names: what the program itself measures and holds against a bar."""

from enum import StrEnum


class Rate(StrEnum):
    """What is held against a bar, in reports and as labels of metrics; a policy adds names of its own."""

    ANSWERS = "answers"
    RECENT = "recent_transactions"
    USERS = "users"
    FALLBACK = "fallback"
    EXCESS_FALLBACK = "excess_fallback"
    DISAGREEMENT = "disagreement"
    P95 = "p95_seconds"
    ERRORS = "errors"
    RECENT_ERRORS = "recent_errors"
    SCORING_FAILURES = "scoring_failures"
    STABLE = "days_at_share"
    SAMPLE_RATIO = "sample_ratio_p"
    STALE = "stale_sources"
    MART_AGE = "mart_age_seconds"
    E_BETTER = "e_better"
    E_NOT_WORSE = "e_not_worse"
    E_WORSE = "e_worse"
    FEEDBACK = "feedback"
    FEEDBACK_USERS = "feedback_users"
    COMPLAINTS = "complaints"
    CATEGORY_COMPLAINTS = "categories_complained_of"
    CATEGORY_PRECISION = "categories_imprecise"
