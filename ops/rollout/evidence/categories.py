"""Categories: what came of the canary model's suggestions of each category, asked of the warehouse."""

from collections import defaultdict
from collections.abc import Mapping

from ops.rollout.evidence.paired import DEMO_PREFIX, merchant_of
from ops.rollout.evidence.paired_queries import CUT_OFFS, PAGE
from ops.rollout.evidence.queries import CATEGORY_COMPLAINTS, CATEGORY_LABELS
from ops.rollout.evidence.session import Session
from schemas.events.rollout import CategoryCounts
from schemas.taxonomy import Category
from scorer.rollout.policy import Policy

CATEGORIES = "categories"


def ask_categories(session: Session, policy: Policy, asked: Mapping[str, object]) -> dict[Category, CategoryCounts]:
    """Return the counts of each category that was served; raises OpsError where a query fails.

    Of a merchant with several suggestions in a category, the first that has a settled label counts: its rows are not
    independent of each other, and the test takes them to be.
    """
    known: dict[object, str] = dict(session.rows(CATEGORIES, CUT_OFFS, asked))
    window = dict(asked) | {
        "page": PAGE, "demo_prefix": DEMO_PREFIX, "labels": policy.labels,
        "canary_cut_off": known.get(asked["canary"]),
    }  # fmt: skip
    complained = {row[0]: (row[1], row[2]) for row in session.rows(CATEGORIES, CATEGORY_COMPLAINTS, window)}
    first: dict[tuple[str, str], bool] = {}
    for category, description, label in session.rows(CATEGORIES, CATEGORY_LABELS, window):
        first.setdefault((category, merchant_of(description)), label != category)
    settled: defaultdict[str, list[bool]] = defaultdict(list)
    for (category, _), is_wrong in first.items():
        settled[category].append(is_wrong)
    found = {}
    # While workers change to another taxonomy, one of before may still answer in its own categories.
    for name in sorted((complained.keys() | settled.keys()) & set(Category)):
        served, complaints = complained.get(name, (0, 0))
        found[Category(name)] = CategoryCounts(
            served=float(served),
            complaints=float(complaints),
            settled=float(len(settled[name])),
            wrong=float(sum(settled[name])),
        )
    return found
