"""Places: the cities, states and countries that stand at the end of a card statement's wording.

``CITIES`` and the names that are ``ALONE`` say a place by themselves. The other names of the gazetteer do so before the
code of their state or country only: "commerce" is a town in California and a word elsewhere.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

_US_STATES: Final = (
    "al ak az ar ca co ct de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny "
    "oh ok or pa ri sc sd tn tx ut va vt wa wi wv wy dc pr"
)
_AU_STATES: Final = "nsw vic vi qld ql tas ta act nt wa sa"
_ZA_PROVINCES: Final = "gp kzn wc ec fs nw mp lp nc"
_COUNTRIES: Final = (
    "us usa gb gbr uk de deu za zaf aus au ie irl fr fra nl nld be bel lu lux at aut ch che it ita es esp pt prt "
    "dk dnk se swe no nor fi fin pl pol cz cze nz nzl sg sgp hk hkg ca can jp jpn ae are"
)
REGIONS: Final = frozenset(f"{_US_STATES} {_AU_STATES} {_ZA_PROVINCES} {_COUNTRIES}".split())

_US: Final = (
    "new york|los angeles|chicago|houston|phoenix|philadelphia|san antonio|san diego|dallas|austin|jacksonville|"
    "san jose|fort worth|columbus|charlotte|indianapolis|san francisco|seattle|denver|oklahoma city|nashville|"
    "el paso|washington|boston|las vegas|portland|detroit|louisville|memphis|baltimore|milwaukee|albuquerque|tucson|"
    "fresno|sacramento|mesa|atlanta|kansas city|colorado springs|omaha|raleigh|miami|virginia beach|long beach|"
    "oakland|minneapolis|bakersfield|tampa|tulsa|arlington|wichita|cleveland|new orleans|honolulu|anaheim|orlando|"
    "irvine|st louis|saint louis|pittsburgh|cincinnati|anchorage|st paul|greensboro|newark|plano|lincoln|buffalo|"
    "jersey city|chandler|reno|scottsdale|fremont|spokane|boise|richmond|tacoma|rochester|salt lake city|brooklyn|"
    "queens|bronx|manhattan|mountain view|palo alto|sunnyvale|cupertino|santa monica|santa clara|pasadena|hartford|"
    "providence|birmingham|madison|des moines|fort lauderdale|st petersburg|knoxville|chattanooga"
)
_UK: Final = (
    "london|manchester|liverpool|leeds|sheffield|bristol|glasgow|edinburgh|cardiff|belfast|leicester|coventry|"
    "nottingham|newcastle|sunderland|brighton|hull|plymouth|stoke|wolverhampton|derby|swansea|southampton|portsmouth|"
    "aberdeen|dundee|york|oxford|cambridge|norwich|exeter|gloucester|bath|chester|reading|luton|milton keynes|"
    "northampton|peterborough|ipswich|swindon|bournemouth|solihull|sutton coldfield|croydon|watford|slough|dublin|"
    "cork|galway"
)
_AU: Final = (
    "sydney|melbourne|brisbane|perth|adelaide|canberra|hobart|darwin|gold coast|newcastle|geelong|townsville|cairns|"
    "wollongong|parramatta|bondi|chatswood|auckland|wellington|christchurch"
)
_ZA: Final = (
    "johannesburg|cape town|durban|pretoria|port elizabeth|gqeberha|bloemfontein|east london|polokwane|nelspruit|"
    "sandton|centurion|midrand|randburg|roodepoort|soweto|stellenbosch|pietermaritzburg|umhlanga|rosebank|fourways"
)
_DE: Final = (
    "berlin|hamburg|muenchen|munchen|munich|koeln|koln|cologne|frankfurt|frankfurt main|stuttgart|duesseldorf|"
    "dusseldorf|dortmund|essen|leipzig|bremen|dresden|hannover|nuernberg|nurnberg|duisburg|bochum|wuppertal|bielefeld|"
    "bonn|muenster|munster|karlsruhe|mannheim|augsburg|wiesbaden|kiel|mainz|freiburg|luebeck|lubeck|erfurt|rostock|"
    "kassel|potsdam|heidelberg|darmstadt|regensburg|ulm|wien|vienna|salzburg|graz|zurich|zuerich|basel|geneva|bern"
)
_REST: Final = "amsterdam|rotterdam|brussels|luxembourg|paris|madrid|barcelona|lisbon|rome|milan|milano|stockholm|"
_REST_ASIA: Final = "copenhagen|oslo|helsinki|warsaw|prague|singapore|hong kong|toronto|vancouver|montreal|dubai|tokyo"
CITIES: Final = frozenset("|".join((_US, _UK, _AU, _ZA, _DE, _REST + _REST_ASIA)).split("|"))
MAX_CITY_WORDS: Final = 3
MAX_PLACE_WORDS: Final = 4

GAZETTEER_FILE: Final = Path(__file__).with_name("gazetteer.csv")
_CODES: Final = {  # of countries, as lines write them
    "us": "us usa", "gb": "gb gbr uk", "ie": "ie irl", "de": "de deu", "at": "at aut", "ch": "ch che", "fr": "fr fra",
    "au": "au aus", "nz": "nz nzl", "za": "za zaf",
}  # fmt: skip
# ISO 8583 gives the town of a card acceptor 13 characters (field 43).
_TOWN_CHARACTERS: Final = 13


class Gazetteer(NamedTuple):
    """Folded names: those that say a place by themselves, and by code of a state or country those of its towns."""

    alone: frozenset[str]
    by_code: Mapping[str, frozenset[str]]


def parse_gazetteer(lines: Iterable[str]) -> Gazetteer:
    """Return the gazetteer of a file's lines; a name longer than a card's field stands there cut as well."""
    alone: set[str] = set()
    by_code: defaultdict[str, set[str]] = defaultdict(set)
    for row in csv.DictReader(lines):
        country, _, state = row["region"].partition("-")
        names = {name for kind in ("alone", "coded") for name in row[kind].split("|") if name}
        names |= {name[:_TOWN_CHARACTERS].rstrip() for name in names}
        alone.update(name for name in row["alone"].split("|") if name)
        if state:
            by_code[state] |= names
            names = {name for name in names if " " in name}  # a state's code is what proves a single word
        for code in _CODES[country].split():
            by_code[code] |= names
    return Gazetteer(frozenset(alone), {code: frozenset(names) for code, names in by_code.items()})


_GAZETTEER: Final = parse_gazetteer(GAZETTEER_FILE.read_text(encoding="utf-8").splitlines())
ALONE: Final = _GAZETTEER.alone
PLACES_BY_CODE: Final = _GAZETTEER.by_code
