"""Merchant types: what shops of each category are called, which MCC they carry, what they charge and when they sell.

Words are shared between trades on purpose (a house, a garage, a club), so that no single one gives a category away.
"""

from dataclasses import dataclass
from typing import Final

from schemas.taxonomy import Category as C  # noqa: N817 (a table reads better)


@dataclass(frozen=True, slots=True)
class Trade:
    """One kind of spending at a till or a web shop; the price is in units of a country's price level."""

    category: C
    rate: float  # purchases per person and day
    rest: float  # times as many on a rest day
    gifts: float  # times as many in December
    summer: float
    brand: float  # share of purchases at merchants of the brand vocabulary
    online: float
    median: float
    sigma: float
    hours: tuple[int, int, int]  # earliest, most usual and latest local hour
    mccs: tuple[str, ...]
    en: tuple[str, ...]
    de: tuple[str, ...]
    others: tuple[C, ...]  # what the same merchants sell besides, and what labellers mistake it for


def _trade(
    category: C, *, day: tuple[float, float, float, float], shop: tuple[float, float],
    price: tuple[float, float], hours: tuple[int, int, int], mccs: str, en: str, de: str, others: tuple[C, ...],
) -> Trade:  # fmt: skip
    return Trade(
        category, *day, *shop, *price, hours, tuple(mccs.split()), _words(en), _words(de), others,
    )  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


TRADES: Final = (
    _trade(C("Groceries"), day=(0.46, 1.3, 1.2, 1.0), shop=(0.62, 0.06), price=(23, 0.85), hours=(7, 17, 22),
           mccs="5411 5411 5411 5499 5462 5422 5921",
           en="Market Foods Grocers Deli Bakery Butchers Farm_Shop Express Mini_Mart Corner_Shop Wines Organics "
              "Pantry Stores Superstore Convenience Fruit Larder",
           de="Markt Baeckerei Metzgerei Feinkost Getraenke Hofladen Obst_Gemuese Biomarkt Kiosk Frischemarkt",
           others=(C("Dining"), C("Shopping"), C("Home & Garden"))),
    _trade(C("Dining"), day=(0.34, 1.7, 1.2, 1.2), shop=(0.33, 0.10), price=(16, 0.75), hours=(8, 19, 23),
           mccs="5812 5812 5814 5814 5813 5811",
           en="Cafe Grill Kitchen Bar Bakery Deli Pizza Noodle_House Tavern Coffee Bistro Tandoori Burgers Arms "
              "Inn Sushi Canteen Express House Tea_Room Takeaway",
           de="Cafe Imbiss Restaurant Grill Gasthaus Pizzeria Baeckerei Eiscafe Bistro Hof Doener Brauhaus",
           others=(C("Groceries"), C("Entertainment"), C("Shopping"))),
    _trade(C("Transport"), day=(0.10, 0.7, 1.0, 1.0), shop=(0.35, 0.25), price=(6.5, 0.8), hours=(6, 8, 23),
           mccs="4111 4112 4121 4131 4784 7523 7523",
           en="Cabs Taxis Parking Rail Coaches Bus_Lines Car_Park Transit Ferry Shuttle Station Travel Garage",
           de="Taxi Parkhaus Verkehrsbetriebe Bahn Busreisen Tiefgarage Fahrdienst Station",
           others=(C("Fuel & Auto"), C("Services"))),
    _trade(C("Fuel & Auto"), day=(0.09, 1.0, 1.0, 1.2), shop=(0.62, 0.04), price=(46, 0.6), hours=(6, 16, 22),
           mccs="5541 5541 5542 5542 5533 7538 5552 7542 5532",
           en="Garage Service_Station Motors Tyres Auto_Repair Petrol Car_Wash Fuels Auto_Parts Station Express "
              "Body_Works Charging",
           de="Tankstelle Autohaus Reifen Werkstatt KFZ_Service Waschpark Station Autoteile Ladestation",
           others=(C("Groceries"), C("Services"), C("Transport"))),
    _trade(C("Utilities & Telecom"), day=(0.012, 0.6, 1.0, 1.0), shop=(0.55, 0.5), price=(24, 0.7), hours=(8, 14, 22),
           mccs="4814 4900 4812 4816",
           en="Mobile_Topup Energy Water Telecom Broadband Prepaid Power Networks Connect",
           de="Mobilfunk Stadtwerke Energie Prepaid Netze Telekom_Shop",
           others=(C("Subscriptions & Digital"), C("Shopping"))),
    _trade(C("Shopping"), day=(0.22, 1.5, 1.9, 1.0), shop=(0.55, 0.5), price=(32, 1.0), hours=(9, 15, 22),
           mccs="5311 5399 5651 5732 5942 5945 5947 5999 5262 5661 5944 5941 5992 5995",
           en="Boutique Books Gifts Shoes Jewellers Electronics Clothing Outlet Toys Sports Emporium Store Shop "
              "House Corner Studio Cycles Florist Pets Trading",
           de="Mode Buchhandlung Schuhe Juwelier Elektronik Spielwaren Sport Geschenke Laden Handel Haus Blumen",
           others=(C("Home & Garden"), C("Subscriptions & Digital"), C("Groceries"))),
    _trade(C("Home & Garden"), day=(0.065, 1.7, 0.9, 1.3), shop=(0.5, 0.25), price=(41, 1.0), hours=(8, 11, 20),
           mccs="5200 5211 5251 5261 5712 5719 5722 1711 1731 5231",
           en="Hardware Garden_Centre Furniture Interiors Timber Carpets Kitchens Nursery Tools House Lighting "
              "Plumbing Supplies Works Paint",
           de="Baumarkt Gartencenter Moebel Werkzeug Holz Kuechen Teppich Haus Farben Gaertnerei",
           others=(C("Shopping"), C("Services"))),
    _trade(C("Health"), day=(0.06, 0.5, 1.0, 0.9), shop=(0.4, 0.08), price=(27, 0.95), hours=(8, 11, 19),
           mccs="5912 5912 8011 8021 8042 8043 0742 8099 8062",
           en="Pharmacy Dental Clinic Chemist Medical_Centre Opticians Surgery Vets Physio Practice Health Centre "
              "Care Wellbeing",
           de="Apotheke Zahnarzt Praxis Optik Klinik Tierarzt Physiotherapie Sanitaetshaus Zentrum",
           others=(C("Personal Care & Fitness"), C("Shopping"), C("Services"))),
    _trade(C("Personal Care & Fitness"), day=(0.045, 1.3, 1.3, 1.0), shop=(0.3, 0.1), price=(29, 0.7),
           hours=(7, 14, 21), mccs="7230 7230 7298 7997 5977 7297",
           en="Hair Barbers Nails Beauty Spa Gym Fitness Yoga Salon Studio Club Wellbeing Leisure Tanning Pilates",
           de="Friseur Kosmetik Nagelstudio Fitness Spa Sauna Studio Club Haarmode Yoga",
           others=(C("Health"), C("Entertainment"), C("Shopping"))),
    _trade(C("Entertainment"), day=(0.07, 2.2, 1.2, 1.3), shop=(0.35, 0.4), price=(21, 0.85), hours=(10, 20, 23),
           mccs="7832 7922 7991 7995 7999 7933 7941 7994 7998",
           en="Cinema Theatre Tickets Bowling Museum Arcade Bingo Golf Leisure Club Park Live Lanes Zoo Playhouse",
           de="Kino Theater Tickets Museum Bowling Freizeitpark Zoo Konzert Club Spielhalle Bad",
           others=(C("Dining"), C("Personal Care & Fitness"), C("Subscriptions & Digital"))),
    _trade(C("Travel"), day=(0.032, 1.3, 1.1, 2.4), shop=(0.55, 0.55), price=(135, 0.9), hours=(6, 13, 22),
           mccs="4511 7011 7011 4722 7512 4411 7033",
           en="Hotel Lodge Airways Travel Inn Car_Hire Guest_House Tours Holidays Resort Cruises Suites Hostel House",
           de="Hotel Pension Reisebuero Fluglinie Autovermietung Ferienhaus Gasthaus Hof Camping",
           others=(C("Transport"), C("Entertainment"), C("Dining"))),
    _trade(C("Subscriptions & Digital"), day=(0.045, 1.2, 1.2, 1.0), shop=(0.4, 1.0), price=(8, 0.75),
           hours=(0, 20, 23), mccs="5815 5816 5817 5818 5968 7372",
           en="Games App_Store Cloud Media Plus Digital Software Hosting News Premium Studio Play Music",
           de="Spiele App Cloud Medien Plus Digital Software Hosting Zeitung Premium",
           others=(C("Entertainment"), C("Shopping"), C("Services"))),
    _trade(C("Education"), day=(0.014, 0.4, 0.8, 0.8), shop=(0.2, 0.4), price=(65, 1.0), hours=(8, 11, 21),
           mccs="8211 8220 8299 8299 8249",
           en="School College Academy Tuition Nursery Driving_School Training Music_School Centre Learning Studio",
           de="Schule Akademie Volkshochschule Nachhilfe Fahrschule Kita Musikschule Zentrum",
           others=(C("Services"), C("Shopping"), C("Entertainment"))),
    _trade(C("Services"), day=(0.058, 0.5, 1.3, 1.0), shop=(0.3, 0.25), price=(38, 1.0), hours=(8, 12, 19),
           mccs="7216 7299 7399 8111 8931 4215 9402 7699 7221 7349",
           en="Cleaning Solicitors Dry_Cleaners Couriers Post_Office Accountants Repairs Photography Services "
              "Locksmith Storage Consulting Works Studio Hire",
           de="Reinigung Rechtsanwalt Notar Paketdienst Steuerberater Schluesseldienst Service Reparatur Fotostudio",
           others=(C("Home & Garden"), C("Fees & Interest"), C("Shopping"))),
    _trade(C("Charity & Donations"), day=(0.014, 1.3, 2.2, 0.9), shop=(0.3, 0.5), price=(16, 0.8), hours=(8, 13, 22),
           mccs="8398 8398 8661",
           en="Foundation Trust Appeal Church Hospice Relief Mission Animal_Rescue Fund Community_Centre Care House",
           de="Stiftung Hilfswerk Tierheim Kirche Spende Foerderverein Hospiz Mission",
           others=(C("Services"), C("Shopping"), C("Taxes & Government"))),
    _trade(C("Taxes & Government"), day=(0.013, 0.3, 0.8, 0.9), shop=(0.1, 0.6), price=(58, 0.9), hours=(8, 11, 18),
           mccs="9311 9222 9399 9399 9211",
           en="City_Council County_Clerk Passport_Office Licensing Courts Dept_Motor_Vehicles Registry Permits "
              "Municipality Revenue Parking_Fines",
           de="Stadtkasse Buergeramt Finanzkasse Zulassungsstelle Landratsamt Bussgeldstelle",
           others=(C("Transport"), C("Fees & Interest"), C("Services"))),
    _trade(C("Insurance"), day=(0.008, 0.4, 0.9, 1.1), shop=(0.5, 0.6), price=(85, 0.9), hours=(8, 13, 20),
           mccs="6300 6300 5960",
           en="Insurance Assurance Cover Brokers Mutual Life Travel_Cover Protect Pet_Cover",
           de="Versicherung Assekuranz Makler Reiseschutz Lebensversicherung",
           others=(C("Services"), C("Fees & Interest"))),
)  # fmt: skip
TRADE_BY_CATEGORY: Final = {trade.category: trade for trade in TRADES}
