"""Vocabulary choices: which parts of the brand index are read, and which words are too ordinary to name anybody."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The names of these say who was paid, never what for: a bank's name stands in fees, transfers and wages alike.
SKIPPED_TAGS: Final = _words(
    "amenity/bank amenity/atm amenity/bureau_de_change amenity/payment_terminal amenity/payment_centre "
    "amenity/vending_machine amenity/telephone amenity/parcel_locker amenity/place_of_worship "
    "amenity/ticket_validator amenity/social_facility amenity/compressed_air amenity/letter_box office/financial "
    "office/company leisure/fitness_station leisure/park leisure/playground shop/mall"
)
# Operators are mostly towns and ministries; these run something that people pay.
OPERATOR_TAGS: Final = _words(
    "amenity/parking amenity/charging_station amenity/university amenity/hospital amenity/clinic "
    "amenity/car_sharing barrier/toll_booth highway/toll_gantry railway/station power/plant man_made/water_works"
)
# Side businesses under the main one's name: they give way where a name has several categories.
SIDE_TAGS: Final = _words(
    "amenity/charging_station amenity/fuel amenity/car_wash amenity/cafe amenity/fast_food amenity/post_office "
    "amenity/restaurant amenity/parking amenity/car_rental amenity/pharmacy amenity/doctors amenity/clinic "
    "shop/optician shop/mobile_phone shop/travel_agency shop/insurance shop/gas shop/car_repair shop/tyres "
    "shop/garden_centre shop/florist shop/photo shop/kiosk shop/convenience shop/bakery shop/hearing_aids "
    "shop/chemist office/insurance shop/money_lender shop/rental shop/car shop/car_parts shop/toys "
    "shop/electronics shop/ticket"
)
# Words of ordinary English, German, French, Spanish and Dutch that are brands somewhere.
ORDINARY_WORDS: Final = _words(
    "target orange three apple gap next boots shell total spar subway visa office central national express direct "
    "star sun city royal golden king queen crown club house home family market fresh best first one super mini "
    "max plus prime smart easy happy lucky good blue red green black white silver gold north south east west park "
    "garden river lake mountain sea ocean beach island world global international american british english german "
    "french italian spanish chinese indian thai japanese mexican turkish greek pizza burger chicken fish coffee "
    "tea bread bakery cafe bar pub grill kitchen restaurant hotel inn motel hostel bank post shop store mart "
    "outlet center centre mall plaza square street road bridge tower castle palace hall school college university "
    "academy church hospital clinic pharmacy dental doctor medical care health life live love baby kids toys "
    "sport sports fitness gym dance music art book books news paper print photo video game games mobile phone "
    "computer digital tech energy power gas oil fuel petrol auto car cars bike tire tyre parts service services "
    "group company trust union credit cash loan money pay finance insurance tax law travel tours flight air bus "
    "train taxi parking water fire light electric solar furniture wood stone metal paint tools hardware flowers "
    "pet pets vet animal dog cat horse farm food foods meat wine beer drink sweet chocolate candy ice cream salon "
    "hair beauty nails spa fashion style clothes shoes bags watch jewelry diamond ring eye optic glasses liberty "
    "victory freedom justice hope faith grace angel heart soul spirit dream magic wonder paradise heaven eden "
    "republic nation capital metro urban village town county state federal council department ministry museum "
    "pension salary wages refund transfer payment deposit interest dividend rent lease deed land estate property "
    "monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter morning evening night "
    "day corner point view hill valley forest rose lily daisy iris violet ruby pearl crystal amber jade alpha "
    "beta delta gamma omega sigma atlas titan apollo venus mars jupiter saturn pluto luna sol nova orion phoenix "
    "eagle falcon hawk lion tiger bear wolf fox panda dolphin whale shark dragon unicorn bull cow pig sheep goat "
    "duck markt haus garten stadt dorf berg wald bad apotheke backerei metzgerei fleischerei friseur blumen reise "
    "marche maison jardin ville casa tienda mercado farmacia ideal universal general standard classic modern "
    "original natural organic pure simple perfect premium select choice quality value deal save saver discount "
    "bargain match mark mix form link line level base core edge zone spot place space room door window floor wall "
    "roof martin thomas peter paul john james george charles henry david michael robert william richard leo oscar "
    "felix emma anna maria laura julia sophie alice victor hugo simon andre marco mario luigi franco roma milano "
    "action budget complete connect culture deli essential exchange focus fun hobby image impact inspire journey "
    "key lounge lunch mega metropolitan mobil native oasis open optimum origin passport peak pilot pioneer planet "
    "pop pulse quick rapid real relay reserve resort retro rocket rural scope sense shine signal solo sonic "
    "source speedy splash stadium stage station stream studio summit supply support surplus swift tempo terra tip "
    "top touch trade trend turbo twist ultra unique unity vital vision vista wave wild wings yes young zero "
    "advance advantage agency alliance ambassador anchor arena avenue banner basket beacon bell block boss bright "
    "buzz cabin canal canyon carnival champion chief circle civic coast colonial comfort compass concept concord "
    "continental copper cottage country courtesy creative crest cross custom daily dash discovery district dollar "
    "double eco elite empire enterprise epic esprit essence ever evolution excel explorer extra factory fantasy "
    "farmers favorite fiesta fine flash flex foundation fountain frontier fusion future galaxy gateway gem "
    "genesis giant glory grand harbor haven hero heritage highland horizon icon impulse independent infinity "
    "inside jet jolly joy jump jungle junction landmark legacy legend leisure lighthouse local lodge loft logo "
    "lotus loyal main majestic maple marine master matrix maximum memory mercury meridian mirage mission monarch "
    "monument moon mosaic noble norm novel"
)
