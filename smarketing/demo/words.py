"""The words that the demo's people, companies and mails are made of. All of it is invented."""

FIRST_NAMES = """Aaliyah Adam Agnes Aino Alba Alejandro Alina Amara Amir Anders Andrea Anika Anouk Antonio Arjun Astrid
Aurelie Bart Beatriz Benedikt Bianca Bjorn Bram Bruno Camille Carlos Carmen Cecilia Charlotte Chiara Christian Clara
Dagmar Daniela David Deepa Diego Dimitri Edith Eduardo Elena Elias Elin Emeka Emil Emma Erik Esther Eva Fabio Fatima
Felix Femke Filip Fiona Florian Frank Freya Gabriel Georg Giulia Greta Gustav Hana Hanna Harald Hassan Heidi Helena
Henrik Hugo Ida Igor Ilse Imran Ines Irina Isabel Ivan Jack Jana Jasper Javier Jelle Jens Joana Johan Jonas Judith
Julia Kaja Karin Karl Katrin Kenji Klara Lars Laura Leila Lena Leon Lieke Lina Linh Lotte Louis Lucas Lucia Maarten
Magnus Maja Manuel Marco Maren Maria Marek Marie Marijke Mathias Maya Mehmet Mei Mia Michal Mila Miriam Monika Nadine
Nico Nikhil Nina Noah Nora Olga Oliver Omar Oscar Ottilie Pablo Patrick Paula Pavel Petra Philipp Pia Pieter Rafael
Rania Raquel Rens Robin Roman Rosa Ruth Samir Samuel Sander Sanne Sara Sebastian Selma Sergio Sigrid Silvia Simon
Sofie Stefan Stella Susanne Sven Tamara Tariq Tessa Theo Thijs Thomas Tobias Ulrike Vera Victor Viktoria Vincent Wim
Willem Yara Yasmin Yusuf Zoe Zuzana""".split()  # noqa: SIM905

LAST_NAMES = """Aalto Abbott Acosta Adler Ahmed Albers Almeida Andersen Antunes Aydin Baker Bauer Becker Bellini Berg
Bergmann Bianchi Blom Boer Bogdanov Bonnet Bos Brandt Braun Brouwer Bruno Campbell Caruso Castro Chen Christensen
Claes Conti Costa Coster Cruz Dahl Davies Dekker Demir Diaz Diallo Dijkstra Dubois Eder Ekström Engel Eriksen Evans
Fabre Faure Ferrari Fischer Fontaine Forsberg Foster Franke Fuchs Garcia Gerber Ghosh Gomez Graf Greco Gruber Haas
Hagen Hansen Hartmann Hendriks Herrera Hofer Holm Horvat Huber Hughes Ibrahim Ito Iyer Jacobs Jansen Janssen Jensen
Johansson Jovanovic Kaiser Kapoor Keller Khan Klein Koch Kok Kowalski Kraft Kramer Krause Kumar Kuiper Lambert Lang
Larsen Laurent Lefevre Lehmann Lind Lindberg Lopez Lorenz Lund Maas Maier Marchand Marino Martens Martin Mayer Meier
Mendes Mertens Meyer Michel Mohr Molina Moreau Moreno Moretti Morgan Mulder Müller Nagy Navarro Nguyen Nielsen Nowak
Nyberg Okoye Olsen Ortega Osei Otto Palmer Park Patel Pereira Peters Petersen Pinto Popov Prins Ramos Rao Reuter Ricci
Richter Rinaldi Rivera Roche Romano Rossi Roth Ruiz Russo Saito Salazar Sandberg Santos Sato Schmidt Schneider Schouten
Schulz Seidel Serrano Sharma Silva Singh Smit Sokolov Sommer Sorensen Steiner Stone Svensson Takahashi Teixeira
Thomsen Torres Vasquez Verhoeven Vermeer Visser Vogel Wagner Walsh Weber Wolf Wood Yilmaz Zimmermann""".split()  # noqa: SIM905

COMPANY_FIRST = """Amber Anchor Arbor Aster Baltic Basalt Beacon Birch Bluewater Bramble Bridge Cardinal Cedar Cobalt
Compass Copper Coral Crown Delta Dune Eastgate Elbe Ember Falcon Fern Forge Garnet Granite Harbour Hazel Heron Horizon
Indigo Iron Ivory Juniper Keystone Kestrel Lantern Larch Linden Lowland Maple Marlin Meridian Meuse Mistral Nautic
Nordic Oakfield Onyx Orchard Osprey Pelican Pine Pioneer Polder Quarry Raven Redwood Ridge Rhine River Rowan Saffron
Scheldt Silver Solent Spruce Sterling Stone Summit Swift Tarn Tern Thistle Tidal Timber Vale Vantage Walnut Waterford
Westport Willow Windward Zephyr""".split()  # noqa: SIM905

COMPANY_LAST = [
    ("Freight", "Logistics"), ("Logistics", "Logistics"), ("Forwarding", "Logistics"), ("Haulage", "Logistics"),
    ("Cold Chain", "Food"), ("Foods", "Food"), ("Dairy", "Food"), ("Beverages", "Food"), ("Produce", "Food"),
    ("Retail", "Retail"), ("Home", "Retail"), ("Outdoor", "Retail"), ("Fashion", "Retail"), ("Pharmacy", "Retail"),
    ("Machines", "Manufacturing"), ("Components", "Manufacturing"), ("Steel", "Manufacturing"),
    ("Packaging", "Manufacturing"), ("Ceramics", "Manufacturing"), ("Plastics", "Manufacturing"),
    ("Chemicals", "Chemicals"), ("Coatings", "Chemicals"), ("Building Supplies", "Construction"),
    ("Timber", "Construction"), ("Automotive", "Automotive"), ("Tyres", "Automotive"), ("Textiles", "Textiles"),
    ("Papers", "Paper"), ("Electronics", "Electronics"), ("Fulfilment", "E-commerce"),
]  # fmt: skip

# Country, its weight, cities, and how a phone number that nobody has is made: code and area, then digits after a 0.
COUNTRIES = [
    ("Netherlands", 30, ["Rotterdam", "Tilburg", "Venlo", "Utrecht", "Zwolle"], "+31 10", 6, "EUR"),
    ("Germany", 26, ["Hamburg", "Duisburg", "Leipzig", "Stuttgart", "Bremen"], "+49 40", 7, "EUR"),
    ("Belgium", 16, ["Antwerp", "Ghent", "Liège", "Mechelen"], "+32 3", 6, "EUR"),
    ("France", 9, ["Lille", "Lyon", "Nantes", "Le Havre"], "+33 1", 7, "EUR"),
    ("United Kingdom", 9, ["Felixstowe", "Leeds", "Bristol", "Daventry"], "+44 20", 7, "GBP"),
    ("Sweden", 5, ["Gothenburg", "Malmö", "Helsingborg"], "+46 31", 6, "EUR"),
    ("United States", 5, ["Savannah", "Memphis", "Columbus", "Reno"], "+1 901", 6, "USD"),
]

# Job title, buying role, weight. Of some nobody has asked yet what they have to say.
TITLES = [
    ("VP Operations", "Economic buyer", 6),
    ("COO", "Economic buyer", 4),
    ("CFO", "Economic buyer", 3),
    ("Head of Supply Chain", "Champion", 9),
    ("Logistics Director", "Champion", 9),
    ("Logistics Director", "", 4),
    ("Warehouse Manager", "Champion", 8),
    ("Warehouse Manager", "User", 10),
    ("Transport Planner", "User", 12),
    ("Shift Lead", "User", 7),
    ("Procurement Manager", "Blocker", 4),
    ("Procurement Manager", "", 5),
    ("IT Programme Lead", "Technical buyer", 8),
    ("Systems Architect", "Technical buyer", 4),
    ("Continuous Improvement Lead", "", 6),
    ("Student", "", 1),
]

STAFF = [25, 40, 60, 90, 140, 220, 350, 600, 1_200, 2_500, 6_000]

# What was said, in the buyer's words where the rep caught them.
NOTES = [
    "We book slots by phone. {n} docks, one whiteboard.",
    "‘Drivers wait {n} minutes and then they shout at my shift leads.’ Wants that halved before peak season.",
    "Budget round closes in {n} weeks. ‘Give me one page the board will read.’",
    "‘Does it talk to SAP?’ Sent the integration page; their IT wants to see the sandbox.",
    "Contract with their carrier portal runs out in {n} months. ‘We are not renewing that.’",
    "Wants the transport planner in the next call: ‘She is the one who has to like it.’",
    "Penalties cost us about {n}k a month, and nobody can tell me why.",
    "Likes the gate kiosk, does not need yard management.",
    "‘Last vendor took nine months to go live.’ Promised a go-live plan with names.",
    "Two sites first, {n} later. ‘Show me it works in Venlo.’",
    "‘Who else in food does this?’ Sent the Polder Cold Chain story.",
    "Asked for a price per dock, not per user. ‘My people share tablets.’",
]
WHY_READY = [
    "Asked for prices twice this week and named a start date.",
    "Came to the webinar with two colleagues and stayed for the questions.",
    "Filled in the calculator: six figures a year in waiting time.",
    "Their carrier contract ends this quarter; wants to see the kiosk.",
    "Replied to the newsletter: ‘Can somebody show us this on site?’",
]
NO_BUDGET_NOTES = [
    "‘The new price list put you above what I can sign.’ Asks us to be back after the budget round.",
    "‘At the old price I would have signed.’ Finance froze new software until next year.",
    "‘Per site I understand, per dock I do not.’ Wants another quote next quarter.",
]
REJECTION_NOTES = {
    "poor_fit": "Two docks and no plan to grow: ‘We manage with a calendar.’",
    "not_real": "Student writing a thesis. Friendly.",
    "wrong_person": "I only read your newsletter. Ask operations.",
    "too_early": "The new warehouse opens next year. Call me when the roof is on.",
    "already_known": "Your colleague sent us a quote last week?",
    "cannot_reach": "Six tries in two weeks, nobody answered.",
    "bad_data": "The number is out of service and the e-mail bounces.",
}
COMEBACK_NOTES = [
    "Likes it, but the new terminal comes first. Asked us to be back in four months.",
    "All five terminals, 118 docks. The board signs this quarter.",
]
