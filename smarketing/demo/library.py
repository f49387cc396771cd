"""What Loadline publishes: the pages people read, the guides they download, what they attend and click.

One line for each piece: the kind of touch it makes, what it is called, and where on the site it lives.
"""

from __future__ import annotations

from typing import NamedTuple

SITE = "https://loadline.example"


class Asset(NamedTuple):
    """One piece of content, as a touch names it."""

    kind: str
    name: str
    path: str = ""

    @property
    def url(self) -> str:
        return f"{SITE}{self.path}" if self.path else ""


TALK = Asset("form", "Talk to sales", "/contact/talk-to-sales")
DEMO = Asset("form", "Book a demo", "/contact/demo")
CALCULATOR = Asset("form", "Dwell time calculator", "/tools/dwell-time-calculator")
PRICING = Asset("visit", "Pricing", "/pricing")
HOME = Asset("visit", "Home page", "/")
SCHEDULING = Asset("visit", "Dock scheduling", "/product/dock-scheduling")
YARD = Asset("visit", "Yard management", "/product/yard-management")
KIOSK = Asset("visit", "Gate kiosk", "/product/gate-kiosk")
SAP = Asset("visit", "SAP EWM integration", "/integrations/sap-ewm")
SECURITY = Asset("visit", "Security and hosting", "/security")
COLD_CHAIN = Asset("visit", "Story: Polder Cold Chain", "/stories/polder-cold-chain")
BREWERY = Asset("visit", "Story: 40 docks, one screen", "/stories/westmalle-brewery")
COMPARE = Asset("visit", "Loadline or a spreadsheet", "/compare/spreadsheet")
GUIDE = Asset("download", "Dock scheduling buyer's guide", "/library/dock-scheduling-buyers-guide")
ROI_GUIDE = Asset("download", "Warehouse ROI workbook", "/library/warehouse-roi-workbook")
DWELL_REPORT = Asset("download", "Dwell time report", "/library/dwell-time-report")
CHECKLIST = Asset("download", "Go-live checklist", "/library/go-live-checklist")
MISTAKES = Asset("download", "Five loading bay mistakes", "/library/five-loading-bay-mistakes")
CUTTING = Asset("webinar", "Cutting dwell time", "/webinars/cutting-dwell-time")
PEAK = Asset("webinar", "Ready for peak season", "/webinars/ready-for-peak-season")
YARD_LIVE = Asset("webinar", "Yard management live", "/webinars/yard-management-live")
BOOTH = Asset("event", "LogiMAT booth")
DINNER = Asset("event", "Cold chain round table")
MAIL_COST = Asset("email_click", "What dwell time costs you", "/blog/what-dwell-time-costs")
MAIL_PENALTY = Asset("email_click", "Carrier penalties, explained", "/blog/carrier-penalties")
MAIL_STORY = Asset("email_click", "How Polder halved its queue", "/stories/polder-cold-chain")
LOADSTAR = Asset("form", "Loadstar integration", "/partners/loadstar")

# What each campaign leads people to, the first piece most often.
OF_CAMPAIGN: dict[str, tuple[Asset, ...]] = {
    "LinkedIn ABM tier 1": (DWELL_REPORT, COLD_CHAIN, DEMO),
    "LinkedIn retargeting": (PRICING, COMPARE),
    "Warehouse ROI": (ROI_GUIDE, CALCULATOR, PRICING),
    "Dock scheduling search": (SCHEDULING, PRICING, DEMO),
    "Brand search": (HOME, PRICING, DEMO),
    "Cutting dwell time": (CUTTING, PEAK),
    "Yard management live": (YARD_LIVE, YARD),
    "LogiMAT booth": (BOOTH,),
    "Cold chain round table": (DINNER,),
    "Buyer's guide": (GUIDE, CHECKLIST),
    "Content syndication": (MISTAKES,),
    "Partner: Loadstar": (LOADSTAR, SAP),
    "Customer referrals": (TALK, BREWERY),
    "Carrier newsletter": (MAIL_COST, MAIL_PENALTY, MAIL_STORY),
}
# What people open when they come by themselves.
BY_THEMSELVES = (HOME, PRICING, SCHEDULING, YARD, KIOSK, SAP, SECURITY, COLD_CHAIN, BREWERY, COMPARE)
# What they open again while somebody in sales talks to them.
WHILE_BUYING = (PRICING, PRICING, SAP, SECURITY, COLD_CHAIN, COMPARE, KIOSK)
