"""A labelled set of articles for near duplicates: stories, what other papers make of them, and bulletins
that look alike and are not. All of it is made here, from sentences of our own, the same each time."""
import random

PEOPLE = ["Mara Lindqvist", "Tomas Okafor", "Irene Vasquez", "Jonas Petersen", "Aiko Tanabe", "Ruth Abelson",
          "Pavel Novotny", "Leila Haddad", "Owen Marsh", "Chiara Bellini", "Samuel Boateng", "Greta Holm"]
ROLES = ["the mayor", "a spokeswoman for the ministry", "the company's chief engineer", "a union official",
         "the head of the institute", "an analyst at a local bank", "the port authority's director",
         "a professor of geology", "the club's treasurer", "a member of the council"]
PLACES = ["Eastport", "the northern valley", "Lindholm", "the old harbour", "San Bartolo", "the river delta",
          "Grantham county", "Port Adler", "the upper town", "Novy Dvor", "the western suburbs", "Kirkwall bay"]
THINGS = ["the new railway line", "a plant for batteries", "the flood barrier", "a vaccine against river fever",
          "the harvest of barley", "the merger of two shipping firms", "a satellite for weather", "the teachers' strike",
          "the rebuilt opera house", "a tax on empty houses", "the ferry service", "a tunnel below the bay",
          "the auction of radio frequencies", "a shortage of nurses", "the wind farm", "a strain of wheat"]
VERBS = ["delayed", "approved", "criticised", "praised", "postponed", "welcomed", "rejected", "inspected",
         "financed", "announced", "questioned", "defended"]
ADJECTIVES = ["unexpected", "costly", "modest", "record", "temporary", "controversial", "long awaited", "partial",
              "sweeping", "careful", "hurried", "quiet"]
UNITS = ["million euros", "tonnes", "households", "workers", "kilometres", "passengers a day", "hectares",
         "megawatts", "patients", "shares"]
SENTENCES = [
    "{role} of {place} has {verb} {thing} after {adjective} talks that went on until late on {day}.",
    "The decision concerns {number} {unit}, which is {less} than what had been planned in {month}.",
    "\"Nobody here expected that {thing} would become so {adjective},\" said {person}, {role}.",
    "In {place} people who live beside {thing} say that they were told about it only in {month}.",
    "A report of {number} pages, which was published on {day}, calls the plan {adjective} and warns of {thing}.",
    "{person} told reporters that the {adjective} measures would cost about {number} {unit} by the end of {month}.",
    "Work in {place} is to begin in {month}, provided that {role} does not object once more.",
    "Critics point out that {thing} was {verb} twice before, in {place} and then in {place2}.",
    "According to {person}, the figures for {month} show {number} {unit}, a {adjective} rise.",
    "\"We will not pay for {thing} a second time,\" {person} said; \"somebody in {place} has to answer for this.\"",
    "The opposition in {place} wants {role} to explain how {number} {unit} could disappear within weeks.",
    "Engineers from {place2} inspected the site on {day} and found nothing that would speak against {thing}.",
    "For now {thing} remains closed, and buses run between {place} and {place2} every {small} minutes.",
    "It is the {adjective} answer to a question that {role} has avoided since {month}.",
    "Prices rose by {small} percent on the news, while trade in {place} was {adjective} throughout {day}.",
    "A court in {place} will hear the complaint of {person} on the {small}th of {month}.",
    "Insurers estimate the damage at {number} {unit}, not counting what was lost in {place2}.",
    "Until {month} the committee will collect objections, of which {number} have come in so far.",
    "{person}, who has studied {thing} for {small} years, called the outcome {adjective}.",
    "The ministry refused to comment, but {role} confirmed that letters had been sent to {place}.",
    "Volunteers handed out water and blankets in {place} when {thing} failed during the night to {day}.",
    "Not everyone agrees: in {place2} a petition against the plan has been signed by {number} residents.",
]
CYRILLIC = [
    "{person} сообщила, что работы в районе {place} начнутся не раньше чем через {small} недель.",
    "По данным за последний месяц, расходы выросли на {number} тысяч, хотя {role} этого не ожидали.",
    "Жители говорят, что {thing} мешает движению и что им никто ничего не объяснил заранее.",
    "Комиссия рассмотрит {number} жалоб и вынесет решение о том, кто заплатит за {thing}.",
    "Как пояснила {person}, прежний план оказался слишком дорогим, и {role} предложили новый.",
    "В районе {place} временно закрыты {small} дорог, автобусы идут в объезд через центр города.",
    "Суд назначил заседание на {small} число, после чего {role} намерены подать новую жалобу.",
    "Эксперты считают, что {thing} принесёт городу около {number} рабочих мест в ближайшие годы.",
]
CYRILLIC_WORDS = {
    "person": ["Мария Лебедева", "Ольга Синицына", "Анна Власова", "Елена Гордеева", "Ирина Чернова"],
    "place": ["старого порта", "Заречья", "Северной слободы", "озёрного парка", "вокзальной площади"],
    "thing": ["новый мост", "строительство станции", "ремонт набережной", "рыбный рынок", "кольцевая линия"],
    "role": ["депутаты", "инженеры", "профсоюзы", "местные власти", "учёные института"],
}
JAPANESE = [
    "{person}は{place}で記者会見を開き、{thing}の計画を{small}か月延期すると発表した。",
    "調査によると、{thing}にかかる費用は{number}万円に上り、当初の見込みを大きく超えている。",
    "{place}の住民からは、説明が足りないという声が{number}件寄せられた。",
    "{role}は、{thing}が地域の交通に与える影響を来月までにまとめるとしている。",
    "一方で{person}は「急いで決めるべきではない」と話し、慎重な議論を求めた。",
    "{place}では{small}日から道路の一部が通行止めになり、バスは遠回りの経路を走る。",
    "専門家の{person}は、{thing}によって{number}人の雇用が生まれるとみている。",
    "{role}は今後も{place}の状況を見守り、必要なら追加の対策をとる考えだ。",
]
JAPANESE_WORDS = {
    "person": ["田辺さん", "小林市長", "森川教授", "石井代表", "大野部長"],
    "place": ["旧港地区", "北谷町", "川沿いの公園", "駅前広場", "東の丘"],
    "thing": ["新しい橋", "電池工場", "図書館の建て替え", "洪水対策", "魚市場の移転"],
    "role": ["市の委員会", "港湾局", "労働組合", "研究所", "地元の銀行"],
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "March", "April", "June", "July", "September", "October", "December"]
LESS = ["less", "far more", "slightly more", "a little less", "twice as much", "a third less"]


def fill(rng, sentence, words=None):
    slots = {"person": PEOPLE, "role": ROLES, "place": PLACES, "place2": PLACES, "thing": THINGS, "verb": VERBS,
             "adjective": ADJECTIVES, "unit": UNITS, "day": DAYS, "month": MONTHS, "less": LESS, **(words or {})}
    chosen = {slot: rng.choice(texts) for slot, texts in slots.items()}
    text = sentence.format(number=rng.randint(12, 9800), small=rng.randint(2, 40), **chosen)
    return text[0].upper() + text[1:]


def story(rng, kind):
    """(title, sentences)"""
    if kind == "cyrillic":
        return ("Новости: " + rng.choice(CYRILLIC_WORDS["thing"]),
                [fill(rng, rng.choice(CYRILLIC), CYRILLIC_WORDS) for _ in range(rng.randint(14, 26))])
    if kind == "japanese":
        return (rng.choice(JAPANESE_WORDS["thing"]) + "について",
                [fill(rng, rng.choice(JAPANESE), JAPANESE_WORDS) for _ in range(rng.randint(12, 24))])
    return (fill(rng, "{thing} {verb} in {place}"),
            [fill(rng, rng.choice(SENTENCES)) for _ in range(rng.randint(10, 30))])


def syndicated(rng, title, sentences):
    """Another paper prints it: its own title, typographic quotes, where it is from, who wrote it."""
    text = " ".join(sentences).replace(" \"", " \u201c").replace("\"", "\u201d").replace("'", "\u2019")
    return (fill(rng, "{adjective} news of {thing}"),
            f"{rng.choice(PLACES).upper()} (Wire) \u2013 {text} (Reporting by {rng.choice(PEOPLE)})")


def corrected(rng, title, sentences):
    """A number and a word are put right."""
    words = " ".join(sentences).split(" ")
    for _ in range(2):
        words[rng.randrange(len(words))] = str(rng.randint(10, 99))
    return title, " ".join(words)


def extended(rng, title, sentences):
    """A sentence more at its end."""
    return title, " ".join(sentences) + " " + fill(rng, rng.choice(SENTENCES))


def shortened(rng, title, sentences):
    """The last sentence is left out."""
    return title, " ".join(sentences[:-1])


EDITS = {"syndicated": syndicated, "corrected": corrected, "extended": extended, "shortened": shortened}


def bulletin(rng):
    """One of a kind of report that is written by filling in a form: each says something else."""
    lines = [f"{place}: wind from {rng.choice(['north', 'south', 'west', 'east'])} at {rng.randint(3, 60)} knots, "
             f"waves of {rng.randint(1, 9)} metres, {rng.choice(ADJECTIVES)} visibility, "
             f"{rng.randint(990, 1030)} hectopascal." for place in rng.sample(PLACES, 6)]
    return f"Shipping forecast for {rng.choice(DAYS)}", " ".join(lines)


def labelled(n_stories=140, n_bulletins=60, seed=20):
    """Two lists of (label, kind, title, text): what came first, and what came after. Articles of one label say
    the same; those of label None say what no other does."""
    rng = random.Random(seed)
    first, after = [], []
    for label in range(n_stories):
        kind = "cyrillic" if label % 7 == 5 else "japanese" if label % 7 == 6 else "english"
        title, sentences = story(rng, kind)
        first.append((label, "original", title, " ".join(sentences)))
        for name, edit in EDITS.items():
            after.append((label, name, *edit(rng, title, sentences)))
    for _ in range(n_bulletins):
        first.append((None, "bulletin", *bulletin(rng)))
        after.append((None, "bulletin", *bulletin(rng)))
    rng.shuffle(after)
    return first, after
