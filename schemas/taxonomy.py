"""The taxonomy: the 22 spending categories, what each includes and what it does not."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TAXONOMY_VERSION: Final = "1.0"


class Category(StrEnum):
    """A spending category; the order is the model's class order and never changes within a major version."""

    GROCERIES = "Groceries"
    DINING = "Dining"
    TRANSPORT = "Transport"
    FUEL_AUTO = "Fuel & Auto"
    HOUSING = "Housing"
    UTILITIES_TELECOM = "Utilities & Telecom"
    SHOPPING = "Shopping"
    HOME_GARDEN = "Home & Garden"
    HEALTH = "Health"
    PERSONAL_CARE_FITNESS = "Personal Care & Fitness"
    ENTERTAINMENT = "Entertainment"
    TRAVEL = "Travel"
    SUBSCRIPTIONS_DIGITAL = "Subscriptions & Digital"
    INSURANCE = "Insurance"
    EDUCATION = "Education"
    FEES_INTEREST = "Fees & Interest"
    TAXES_GOVERNMENT = "Taxes & Government"
    CHARITY_DONATIONS = "Charity & Donations"
    SERVICES = "Services"
    INCOME = "Income"
    TRANSFERS_DEBT = "Transfers & Debt"
    CASH = "Cash"


CATEGORIES: Final[tuple[Category, ...]] = tuple(Category)


@dataclass(frozen=True, slots=True)
class CategoryDefinition:
    """One line on what a category holds, and one on what looks alike but belongs elsewhere."""

    category: Category
    includes: str
    excludes: str


CATEGORY_DEFINITIONS: Final[tuple[CategoryDefinition, ...]] = (
    CategoryDefinition(Category.GROCERIES, "supermarkets, food and drink to take home", "meals out (Dining)"),
    CategoryDefinition(
        Category.DINING, "restaurants, cafes, bars, takeaway, food delivery", "supermarkets (Groceries)"
    ),
    CategoryDefinition(
        Category.TRANSPORT, "trains, buses, taxis, tolls, parking", "flights (Travel); fuel (Fuel & Auto)"
    ),
    CategoryDefinition(Category.FUEL_AUTO, "fuel, charging, repair, parts, car purchase", "car insurance (Insurance)"),
    CategoryDefinition(Category.HOUSING, "rent, mortgage, service charge", "repairs and furniture (Home & Garden)"),
    CategoryDefinition(
        Category.UTILITIES_TELECOM,
        "electricity, gas, water, waste, phone, internet",
        "streaming (Subscriptions & Digital)",
    ),
    CategoryDefinition(
        Category.SHOPPING, "clothes, electronics, department stores, gifts, books", "groceries (Groceries)"
    ),
    CategoryDefinition(
        Category.HOME_GARDEN,
        "furniture, hardware, garden, appliances, home repair material",
        "rent (Housing); tradespeople (Services)",
    ),
    CategoryDefinition(
        Category.HEALTH, "doctors, dentists, pharmacies, opticians, vets", "gyms (Personal Care & Fitness)"
    ),
    CategoryDefinition(
        Category.PERSONAL_CARE_FITNESS,
        "hairdressers, cosmetics, spas, gyms, sport clubs",
        "pharmacies (Health)",
    ),
    CategoryDefinition(
        Category.ENTERTAINMENT,
        "cinema, concerts, museums, games of chance, attractions",
        "streaming video (Subscriptions & Digital)",
    ),
    CategoryDefinition(
        Category.TRAVEL, "airlines, hotels, travel agencies, car hire, cruises", "commuting (Transport)"
    ),
    CategoryDefinition(
        Category.SUBSCRIPTIONS_DIGITAL,
        "streaming, software, cloud, apps, news by subscription",
        "phone contracts (Utilities & Telecom)",
    ),
    CategoryDefinition(
        Category.INSURANCE, "every insurance premium, health and car included", "tax (Taxes & Government)"
    ),
    CategoryDefinition(Category.EDUCATION, "schools, universities, courses, exams, childcare", "books (Shopping)"),
    CategoryDefinition(
        Category.FEES_INTEREST, "bank and card fees, interest charged, late fees", "interest earned (Income)"
    ),
    CategoryDefinition(
        Category.TAXES_GOVERNMENT, "taxes, fines, licences, public offices", "tax refunds paid in (Income)"
    ),
    CategoryDefinition(
        Category.CHARITY_DONATIONS, "charities, churches, crowdfunding for a cause", "membership (Services)"
    ),
    CategoryDefinition(
        Category.SERVICES,
        "tradespeople, legal, cleaning, post, business services, memberships",
        "hairdressers (Personal Care & Fitness)",
    ),
    CategoryDefinition(
        Category.INCOME,
        "salary, pension, benefits, interest and dividends earned",
        "money between people (Transfers & Debt)",
    ),
    CategoryDefinition(
        Category.TRANSFERS_DEBT,
        "transfers, person to person, credit-card payment, loan repayment",
        "mortgage (Housing)",
    ),
    CategoryDefinition(Category.CASH, "cash withdrawn or paid in", "the fee for it (Fees & Interest)"),
)
