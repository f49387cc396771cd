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

# Job title, buying role, weight.
TITLES = [
    ("VP Operations", "Decision maker", 6),
    ("COO", "Economic buyer", 4),
    ("CFO", "Economic buyer", 3),
    ("Head of Supply Chain", "Decision maker", 9),
    ("Logistics Director", "Champion", 11),
    ("Warehouse Manager", "Champion", 16),
    ("Transport Planner", "User", 14),
    ("Shift Lead", "User", 8),
    ("Procurement Manager", "Influencer", 8),
    ("IT Programme Lead", "Technical evaluator", 7),
    ("Continuous Improvement Lead", "Influencer", 6),
    ("Student", "", 2),
]

STAFF = [25, 40, 60, 90, 140, 220, 350, 600, 1_200, 2_500, 6_000]

NOTES = [
    "Runs {n} docks, books slots by phone and spreadsheet today.",
    "Trucks wait {n} minutes on average; wants that halved before peak season.",
    "Budget round closes in {n} weeks. Needs a price sheet for the board.",
    "Asked how we connect to their warehouse system; sent the integration page.",
    "Their carrier portal contract runs out in {n} months.",
    "Pleasant call. Wants to bring in the transport planner next time.",
    "Dwell-time penalties cost them about {n}k a month.",
    "Interested in the gate kiosk, not in yard management.",
]
REJECTION_NOTES = {
    "poor_fit": "Two docks and no plan to grow: we cannot help them.",
    "not_real": "Student writing a thesis.",
    "wrong_person": "Has no say in the purchase, pointed us to operations.",
    "too_early": "New warehouse opens later; call again then.",
    "already_known": "A colleague of theirs is in talks with us.",
    "cannot_reach": "Six tries in two weeks, nobody answered.",
    "bad_data": "The number is out of service and the e-mail bounces.",
}
COMEBACK_NOTES = [
    "Likes it, but the new terminal comes first. Asked us to be back in four months.",
    "All five terminals, 118 docks. The board signs this quarter.",
]
