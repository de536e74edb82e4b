"""What things and their looks are called in English, German and Chinese, each with other words for the same."""

from banian.datasets.marketplace.words import NOUNS

LANGUAGES = ("en", "de", "zh")
COLOURS = ("black", "white", "grey", "red", "blue", "green", "yellow", "pink")
MATERIALS = (
    "wood", "plastic", "steel", "ceramic", "cotton", "wool", "leather", "linen", "glass", "bamboo",
)  # fmt: skip
STYLES = ("modern", "classic", "rustic", "playful", "minimalist")
CRAFTS = ("plain", "decent", "fine")
PATTERNS = ("plain", "striped", "dotted", "checked")
"""Seen in photos, named nowhere."""

Words = tuple[tuple[str, ...], ...]

COLOUR_WORDS: tuple[Words, ...] = (
    (
        ("black", "jet black", "ebony"), ("white", "ivory", "off-white"), ("grey", "gray", "slate"),
        ("red", "crimson", "ruby"), ("blue", "navy", "cobalt"), ("green", "olive", "emerald"),
        ("yellow", "mustard", "lemon"), ("pink", "rose", "fuchsia"),
    ),
    (
        ("schwarz", "tiefschwarz"), ("weiß", "elfenbein"), ("grau", "schiefergrau"),
        ("rot", "rubinrot"), ("blau", "marineblau"), ("grün", "olivgrün"),
        ("gelb", "senfgelb"), ("rosa", "pink"),
    ),
    (
        ("黑色", "纯黑"), ("白色", "米白"), ("灰色", "深灰"), ("红色", "大红"),
        ("蓝色", "藏青"), ("绿色", "橄榄绿"), ("黄色", "柠檬黄"), ("粉色", "玫红"),
    ),
)  # fmt: skip
"""Language × colour → words for it."""
MATERIAL_WORDS: tuple[Words, ...] = (
    (
        ("wood", "oak", "beech"), ("plastic", "polymer"), ("steel", "stainless steel"),
        ("ceramic", "stoneware"), ("cotton", "organic cotton"), ("wool", "merino"),
        ("leather", "cowhide"), ("linen", "flax"), ("glass", "crystal"), ("bamboo", "cane"),
    ),
    (
        ("Holz", "Eiche"), ("Kunststoff", "Plastik"), ("Stahl", "Edelstahl"),
        ("Keramik", "Steingut"), ("Baumwolle", "Biobaumwolle"), ("Wolle", "Merinowolle"),
        ("Leder", "Rindsleder"), ("Leinen", "Flachs"), ("Glas", "Kristall"), ("Bambus", "Rohr"),
    ),
    (
        ("木质", "橡木"), ("塑料", "树脂"), ("钢", "不锈钢"), ("陶瓷", "瓷"), ("棉", "纯棉"),
        ("羊毛", "美利奴"), ("皮革", "牛皮"), ("亚麻", "麻"), ("玻璃", "水晶"), ("竹", "竹制"),
    ),
)  # fmt: skip
STYLE_WORDS: tuple[Words, ...] = (
    (
        ("modern", "contemporary", "sleek"), ("classic", "timeless", "traditional"),
        ("rustic", "farmhouse", "country"), ("playful", "quirky", "cheerful"),
        ("minimalist", "pared-back", "clean-lined"),
    ),
    (
        ("modern", "zeitgemäß"), ("klassisch", "zeitlos"), ("rustikal", "ländlich"),
        ("verspielt", "fröhlich"), ("schlicht", "minimalistisch"),
    ),
    (("现代", "时尚"), ("经典", "传统"), ("乡村", "田园"), ("俏皮", "活泼"), ("极简", "简约")),
)  # fmt: skip
CRAFT_WORDS: tuple[Words, ...] = (
    (
        (
            "a simple build for occasional use", "kept light to keep it cheap",
            "an entry-level finish", "glued, not stitched or screwed",
        ),
        ("solid everyday make", "neatly put together", "as good as it needs to be", "tested as usual"),
        (
            "finished by hand", "built to last for years", "carefully checked, piece by piece",
            "reinforced where it matters",
        ),
    ),
    (
        ("einfache Machart für gelegentlichen Gebrauch", "leicht und günstig gehalten", "geklebt"),
        ("ordentlich verarbeitet", "solide für jeden Tag"),
        ("von Hand gefertigt", "für viele Jahre gemacht", "Stück für Stück geprüft"),
    ),
    (("简单做工, 偶尔使用", "轻薄实惠"), ("做工扎实", "日常耐用"), ("手工精制", "经久耐用, 逐件检验")),
)  # fmt: skip
"""Language × craft → how a description puts it: never by its name."""

_ENGLISH_NOUNS: dict[str, tuple[str, ...]] = {
    "novel": ("story",), "cookbook": ("recipe book",), "atlas": ("book of maps",),
    "notebook": ("journal",), "puzzle": ("jigsaw",), "building blocks": ("bricks",),
    "doll": ("dolly",), "board game": ("family game",), "pan": ("skillet",),
    "kettle": ("water boiler",), "knife set": ("kitchen knives",), "mixer": ("blender",),
    "hose": ("watering hose",), "spade": ("shovel",), "planter": ("flower pot",),
    "lantern": ("garden light",), "dress": ("gown",), "shirt": ("blouse",), "jacket": ("coat",),
    "scarf": ("shawl",), "sneakers": ("trainers",), "boots": ("ankle boots",),
    "sandals": ("summer shoes",), "loafers": ("slip-ons",), "headphones": ("headset",),
    "tablet": ("tablet computer",), "camera": ("digicam",), "speaker": ("loudspeaker",),
    "face cream": ("moisturiser",), "perfume": ("fragrance",), "shampoo": ("hair wash",),
    "lipstick": ("lip colour",),
}  # fmt: skip
_GERMAN_NOUNS = (
    "Roman", "Kochbuch", "Atlas", "Notizbuch", "Puzzle", "Bausteine", "Puppe", "Brettspiel",
    "Pfanne", "Wasserkocher", "Messerset", "Mixer", "Schlauch", "Spaten", "Pflanzkübel", "Laterne",
    "Kleid", "Hemd", "Jacke", "Schal", "Turnschuhe", "Stiefel", "Sandalen", "Slipper",
    "Kopfhörer", "Tablet", "Kamera", "Lautsprecher", "Gesichtscreme", "Parfüm", "Shampoo",
    "Lippenstift",
)  # fmt: skip
_CHINESE_NOUNS = (
    "小说", "菜谱", "地图册", "笔记本", "拼图", "积木", "娃娃", "桌游", "平底锅", "水壶", "刀具",
    "搅拌机", "水管", "铁锹", "花盆", "灯笼", "连衣裙", "衬衫", "夹克", "围巾", "运动鞋", "靴子",
    "凉鞋", "乐福鞋", "耳机", "平板", "相机", "音箱", "面霜", "香水", "洗发水", "口红",
)  # fmt: skip
NOUN_WORDS: tuple[Words, ...] = (
    tuple((noun, *_ENGLISH_NOUNS[noun]) for nouns in NOUNS.values() for noun in nouns),
    tuple((noun,) for noun in _GERMAN_NOUNS),
    tuple((noun,) for noun in _CHINESE_NOUNS),
)
"""Language × kind → words for it; a kind is a category's number times four, plus that of the noun."""
CATEGORY_WORDS: tuple[tuple[str, ...], ...] = (
    tuple(NOUNS),
    ("Bücher", "Spielzeug", "Küche", "Garten", "Mode", "Schuhe", "Elektronik", "Kosmetik"),
    ("图书", "玩具", "厨房", "园艺", "服装", "鞋", "电子产品", "美妆"),
)


def say(words: Words, which: int, part: float) -> str:
    """Choose one of the words for a thing by a number in [0, 1); the first, its usual name, half of the time.

    >>> say(COLOUR_WORDS[0], 4, 0.2), say(COLOUR_WORDS[0], 4, 0.9)
    ('blue', 'cobalt')
    """
    choices = words[which]
    if part < 0.5 or len(choices) == 1:
        return choices[0]
    return choices[1 + int((2 * part - 1) * (len(choices) - 1))]
