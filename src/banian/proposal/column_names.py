"""What the words in a column's name say: ids, prices, outcomes, kinds of events; and names of tasks made of them."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_SUM = _words(
    "price rate ratio pct percent percentage avg average mean median score rating stars rank age year month week day "
    "hour minute weekday quarter lat latitude lon lng longitude zip postcode postal code number index version level "
    "status position temperature share probability prob size"
)
_ID = _words("id ids key code no nr uuid guid sku upc ean hash")
_PRICE = frozenset({"price", "rate", "rating", "score", "stars"})
_MONEY = _words("amount value sales revenue spend spent total gross net paid turnover")
_PIECES = _words("quantity qty units pieces")
_OUTCOME = _words(
    "returned refunded cancelled canceled delivered clicked click opened open converted conversion convert churned "
    "churn fraud fraudulent chargeback chargedback disputed dispute bought purchased visit visited redeemed defaulted "
    "default late resolved escalated label target outcome response responded accepted rejected shipped backorder "
    "unsubscribed bounced won lost spend class relevance"
)
_EVENT = _words("event type action kind activity behavior behaviour status")


_TYPES = _words(
    "token token_seq float float_seq float32 float64 double decimal numeric number int int32 int64 integer long bigint "
    "str string text varchar char category categorical bool boolean"
)
"""What some files write behind the names in their header, such as user_id:token."""


def type_in(name: str) -> str | None:
    """Give the type that a header writes behind a name; nothing where there is none.

    >>> type_in("user_id:token"), type_in("price [float]"), type_in("ratio:1")
    ('token', 'float', None)
    """
    found = re.fullmatch(r".*?[^\W_].*?(?::\s*(\w+)|\s*\[(\w+)\]|\s*\((\w+)\))", name.strip())
    written = None if found is None else next(filter(None, found.groups())).lower()
    return written if written in _TYPES else None


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into its words, in lower case, without the type that a header may write behind it.

    >>> words_of("UnitPrice"), words_of("went_on_backorder"), words_of("CustomerID"), words_of("user_id:token")
    (('unit', 'price'), ('went', 'on', 'backorder'), ('customer', 'id'), ('user', 'id'))
    """
    if type_in(name) is not None:
        name = re.split(r"[:\[(]", name)[0] or name
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return tuple(word.lower() for word in re.findall(r"[^\W_]+", apart))


def looks_like_id(name: str) -> bool:
    """Say whether a column names something by its last word, and its header does not say that it measures."""
    words, written = words_of(name), type_in(name) or ""
    measures = written.startswith(("float", "double", "dec", "num", "bool")) or "seq" in written
    return (
        bool(words)
        and not measures
        and (words[-1] in _ID or (len(words) == 1 and words[0].endswith("id")))
    )


def looks_additive(name: str) -> bool:
    """Say whether nothing in a number's name speaks against adding it up.

    >>> looks_additive("sales_value"), looks_additive("UnitPrice")
    (True, False)
    """
    return not set(words_of(name)) & _NO_SUM and not looks_like_id(name)


def looks_like_price(name: str) -> bool:
    """Say whether a number is one of which a mean says more than a sum."""
    return bool(set(words_of(name)) & _PRICE)


def order_of_amount(name: str) -> int:
    """Say how early a number is added up: money first, then pieces, then the rest.

    >>> order_of_amount("sales_value"), order_of_amount("quantity"), order_of_amount("coupon_disc")
    (0, 1, 2)
    """
    words = set(words_of(name))
    return 0 if words & _MONEY else 1 if words & _PIECES else 2


def looks_like_outcome(name: str) -> bool:
    """Say whether a column seems to tell how something ended."""
    return bool(set(words_of(name)) & _OUTCOME)


def looks_like_event_type(name: str) -> bool:
    """Say whether a column seems to tell what kind of event a row is."""
    return words_of(name)[-1:] != () and words_of(name)[-1] in _EVENT


def singular(word: str) -> str:
    """Take a plural's end away, as far as spelling tells.

    >>> singular("categories"), singular("orders"), singular("address")
    ('category', 'order', 'address')
    """
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def plural(word: str) -> str:
    """Make a plural, as far as spelling tells.

    >>> plural("customer"), plural("category")
    ('customers', 'categories')
    """
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word if word.endswith("s") else word + "s"


def to_name(*parts: str) -> str:
    """Join parts into the name of a task.

    >>> to_name("customers", "Unit Price", "90d")
    'customers_unit_price_90d'
    """
    return "_".join(word for part in parts for word in words_of(part))
