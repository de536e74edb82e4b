"""What agents answer, by the policy of the shop: by intent and by the state of the order that is meant."""

from banian.datasets.marketplace.service_words import Texts

ORDER_STATES = ("none", "open", "overdue", "delivered")
"""No order is meant; under way in time; past its promised day; delivered."""

POLICY: dict[str, dict[str, Texts]] = {
    "where_is_my_order": {
        "open": (
            ("Your {thing} is on its way and should arrive by {promised}.",),
            ("{thing} ist unterwegs und kommt voraussichtlich bis {promised}.",),
            ("{thing}已在路上, 预计{promised}前送达。",),
        ),
        "overdue": (
            ("We are sorry: your {thing} was promised for {promised}. We ask the carrier; if it is not there within "
             "three days, you get your money back.",),
            ("Entschuldigung: {thing} war für {promised} zugesagt. Wir fragen nach; kommt es nicht in drei Tagen, "
             "erstatten wir.",),
            ("抱歉, {thing}原定{promised}送达。我们正在催促, 三天未到即退款。",),
        ),
        "delivered": (
            ("Your {thing} was handed over. Please ask your neighbours, and tell us if it is not there.",),
            ("{thing} wurde zugestellt. Bitte fragen Sie bei den Nachbarn.",),
            ("{thing}显示已签收, 请先问问邻居。",),
        ),
    },
    "return": {
        "delivered": (
            ("You can return the {thing} within 14 days of delivery; the label is attached.",),
            ("Sie können {thing} binnen 14 Tagen zurückgeben; das Etikett liegt bei.",),
            ("{thing}签收后十四天内可退, 退货单见附件。",),
        ),
        "any": (
            ("Just refuse the parcel with the {thing} when it comes, and we refund you.",),
            ("Nehmen Sie {thing} einfach nicht an, dann erstatten wir.",),
            ("{thing}送到时拒收即可, 我们会退款。",),
        ),
    },
    "charge_dispute": {"any": (
        ("We have stopped the payment for the {thing} and look into it. It takes up to ten days.",),
        ("Wir haben die Zahlung für {thing} gesperrt und prüfen sie, bis zu zehn Tage.",),
        ("{thing}的款项已冻结, 十天内查清。",),
    )},
    "product_question": {"any": (
        ("All we know of the {thing} is on its page; we ask the merchant and write again.",),
        ("Alles zu {thing} steht auf der Seite; wir fragen den Händler.",),
        ("{thing}的信息见商品页, 我们再问商家。",),
    )},
    "praise": {"any": (
        ("Thank you, we pass it on!",), ("Danke, wir geben es weiter!",), ("谢谢夸奖!",),
    )},
    "damaged": {"any": (
        ("We are sorry. A new {thing} leaves tomorrow, and you can keep the damaged one; a photo helps us.",),
        ("Das tut uns leid. Ersatz für {thing} geht morgen raus; ein Foto hilft uns.",),
        ("抱歉, 明天补发{thing}, 请附照片。",),
    )},
    "refund_status": {"any": (
        ("The refund for the {thing} takes five working days from the day on which it reaches us.",),
        ("Die Erstattung für {thing} dauert fünf Werktage ab Eingang.",),
        ("{thing}退回后五个工作日内退款。",),
    )},
    "cancel": {
        "open": (
            ("Your order of the {thing} is cancelled; nothing will be charged.",),
            ("Die Bestellung von {thing} ist storniert.",),
            ("{thing}的订单已取消。",),
        ),
        "any": (
            ("The {thing} has left already. Please return it within 14 days.",),
            ("{thing} ist schon verschickt. Bitte binnen 14 Tagen zurückgeben.",),
            ("{thing}已发出, 请十四天内退货。",),
        ),
    },
    "change_address": {
        "open": (
            ("We have changed the address for the {thing}.",),
            ("Die Adresse für {thing} ist geändert.",),
            ("{thing}的地址已修改。",),
        ),
        "any": (
            ("The {thing} has left for the old address; the carrier can forward it.",),
            ("{thing} ist schon unterwegs zur alten Adresse.",),
            ("{thing}已发往原地址, 可联系快递转寄。",),
        ),
    },
    "out_of_scope": {"any": (
        ("We can only help with orders and products of this shop.",),
        ("Wir helfen nur bei Bestellungen und Waren dieses Ladens.",),
        ("我们只处理本店订单和商品的问题。",),
    )},
}  # fmt: skip
"""Intent → state of the order → what is answered; `any` where the state makes no difference, or no other."""


def policy_of(intent: str, state: str) -> Texts:
    """Give what the policy answers.

    >>> policy_of("cancel", "open")[0][0].format(thing="pan")
    'Your order of the pan is cancelled; nothing will be charged.'
    """
    answers = POLICY[intent]
    return answers.get(state) or answers.get("any") or answers["delivered"]
