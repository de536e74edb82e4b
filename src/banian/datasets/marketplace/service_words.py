"""What customers write to the service, in English, German and Chinese: templates of every intent, moods, haste."""

Texts = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

INTENTS = (
    "where_is_my_order", "return", "charge_dispute", "product_question", "praise",
    "damaged", "refund_status", "cancel", "change_address", "out_of_scope",
)  # fmt: skip
MESSAGE_CATEGORIES = (
    "delivery", "returns", "payment", "product", "feedback", "order", "other",
)  # fmt: skip
CATEGORY_OF_INTENT = (0, 1, 2, 3, 4, 1, 1, 5, 0, 6)

BODIES: dict[str, Texts] = {
    "where_is_my_order": (
        ("My {thing} should be here by now. Where is it?",
         "Still waiting for the {thing} that I ordered, please tell me when it comes.",
         "The {thing} is late again.", "The tracking of my {thing} has not moved for days.",
         "Has my parcel with the {thing} been lost?"),
        ("Wo bleibt mein Paket mit {thing}?", "Ich warte immer noch auf die Lieferung ({thing}).",
         "Die Sendung mit {thing} ist überfällig."),
        ("我买的{thing}怎么还没到?", "请问{thing}什么时候送达?", "{thing}的物流几天没更新了。"),
    ),
    "return": (
        ("I want to send the {thing} back. How do I do that?",
         "The {thing} is not what I expected, I would like to give it back.",
         "The {thing} does not fit, can I return it?", "Please send me a return label for the {thing}."),
        ("Ich möchte {thing} zurückschicken.", "{thing} gefällt mir nicht, wie geht die Rückgabe?",
         "Bitte ein Rücksendeetikett für {thing}."),
        ("{thing}不合适, 想退货。", "怎么退{thing}?", "请给我{thing}的退货单。"),
    ),
    "charge_dispute": (
        ("I never ordered a {thing}. Give me my money back!",
         "There is a charge for a {thing} on my card that I do not know.",
         "Someone has used my card to buy a {thing}.", "I was charged twice for the {thing}."),
        ("Ich habe {thing} nie bestellt, aber es wurde abgebucht.",
         "Auf meiner Karte ist eine unbekannte Abbuchung für {thing}."),
        ("我没有买过{thing}, 却被扣款。", "信用卡上有一笔{thing}的陌生扣费。"),
    ),
    "product_question": (
        ("Does the {thing} come in another colour?", "Is the {thing} in stock next week?",
         "Can I have the {thing} gift-wrapped?", "What is the {thing} made of?",
         "How big is the {thing}, please?"),
        ("Gibt es {thing} auch in einer anderen Farbe?", "Aus welchem Material ist {thing}?",
         "Ist {thing} nächste Woche lieferbar?"),
        ("{thing}有别的颜色吗?", "{thing}是什么材质的?", "{thing}下周有货吗?"),
    ),
    "praise": (
        ("The {thing} is great, thank you!", "Quick delivery, and the {thing} is just right.",
         "Everyone at home loves the {thing}.", "The best {thing} I have had in years."),
        ("{thing} ist toll, vielen Dank!", "Schnelle Lieferung, {thing} ist genau richtig."),
        ("{thing}很棒, 谢谢!", "发货快, {thing}很满意。"),
    ),
    "damaged": (
        ("The {thing} arrived broken.", "The {thing} fell apart after two days.",
         "There is a crack in the {thing}, it cannot be used.", "The {thing} came with a part missing."),
        ("{thing} kam kaputt an.", "{thing} ist nach zwei Tagen defekt.",
         "Bei {thing} fehlt ein Teil."),
        ("收到的{thing}是坏的。", "{thing}用了两天就坏了。", "{thing}少了一个零件。"),
    ),
    "refund_status": (
        ("How long does the refund for the {thing} take?",
         "I sent the {thing} back, where is my money?",
         "No refund yet for the {thing} that I returned."),
        ("Wann kommt die Erstattung für {thing}?", "{thing} ist zurück bei Ihnen, wo bleibt mein Geld?"),
        ("{thing}的退款什么时候到账?", "{thing}已经退回, 钱还没收到。"),
    ),
    "cancel": (
        ("Please cancel the {thing}, I ordered it by mistake.", "I no longer need the {thing}. Can you stop it?",
         "Cancel my order of the {thing}, please."),
        ("Bitte {thing} stornieren.", "Ich brauche {thing} doch nicht, bitte abbestellen."),
        ("请取消{thing}的订单。", "{thing}下错单了, 不要了。"),
    ),
    "change_address": (
        ("I moved. Please send the {thing} to my new address.", "The address for the {thing} has a mistake in it.",
         "Can the {thing} be delivered to my office instead?"),
        ("Bitte {thing} an eine andere Adresse liefern.", "Die Lieferadresse für {thing} ist falsch."),
        ("{thing}的收货地址写错了。", "请把{thing}改寄到公司。"),
    ),
    "out_of_scope": (
        ("Are you hiring at the moment?", "We offer search engine optimisation for your website.",
         "What will the weather be tomorrow?", "Can you recommend a good restaurant?",
         "I would like to sell my goods with you.", "asdf test test"),
        ("Suchen Sie gerade Mitarbeiter?", "Wir bieten Ihnen günstige Werbung an."),
        ("你们招人吗?", "需要刷单推广吗?", "明天天气怎么样?"),
    ),
}  # fmt: skip
VAGUE: Texts = (
    ("I have a question about something I bought here.", "Please call me back.",
     "It is about the {thing}.", "Nobody answers my mail about the {thing}."),
    ("Ich habe eine Frage zu {thing}.", "Bitte melden Sie sich."),
    ("关于{thing}想问一下。", "请联系我。"),
)  # fmt: skip
MOODS: tuple[Texts, ...] = (
    (("This is unacceptable!", "I am furious.", "Never again!", "What a terrible shop."),
     ("Eine Frechheit!", "Ich bin stinksauer.", "Nie wieder!"), ("太差劲了!", "非常生气!")),
    (("This is annoying.", "I am a bit disappointed.", "Not what I am used to from you."),
     ("Das ist ärgerlich.", "Schade."), ("有点失望。", "不太满意。")),
    (("",), ("",), ("",)),
    (("Otherwise I am happy with you.", "Lovely service so far.", "You are wonderful!"),
     ("Sonst bin ich zufrieden.", "Ihr seid super!"), ("一直很喜欢你们。", "服务真好!")),
)  # fmt: skip
"""From angry to pleased."""
HASTE: tuple[Texts, ...] = (
    (("There is no hurry.", "Whenever you have time."), ("Es eilt nicht.",), ("不急。",)),
    (("",), ("",), ("",)),
    (("It is urgent!", "I need an answer today.", "Please, as soon as possible."),
     ("Es ist dringend!", "Ich brauche heute eine Antwort."), ("很急!", "请今天回复。")),
)  # fmt: skip
"""By urgency, from 1 to 3."""
GREETINGS: Texts = (
    ("Hello,", "Hi,", "Dear team,", "Good morning,", "", ""),
    ("Hallo,", "Guten Tag,", ""),
    ("你好,", "您好,", ""),
)
NAMES_ORDER: Texts = (
    ("Order number {order}.", "It is order {order}.", "(#{order})", "My order: {order}"),
    ("Bestellung {order}.", "Bestellnummer {order}"),
    ("订单号{order}。", "订单{order}"),
)
