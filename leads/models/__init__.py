from leads.models.account import Account
from leads.models.activity import Activity, Note
from leads.models.campaign import Campaign, Channel, Cost, name_key
from leads.models.deal import Deal, DealContact, Refund
from leads.models.handover import Assignment, Handover, Pool
from leads.models.history import AllowedMove, StageChange
from leads.models.imports import ImportBatch, ImportChange, ImportProblem
from leads.models.lead import ExternalId, Lead
from leads.models.lists import BulkAct, SavedView
from leads.models.snooze import Snooze
from leads.models.suppression import Appeal, Suppression, SuppressionHit
from leads.models.touch import Touch

__all__ = [
    "Account",
    "Activity",
    "AllowedMove",
    "Appeal",
    "Assignment",
    "BulkAct",
    "Campaign",
    "Channel",
    "Cost",
    "Deal",
    "DealContact",
    "ExternalId",
    "Handover",
    "ImportBatch",
    "ImportChange",
    "ImportProblem",
    "Lead",
    "Note",
    "Pool",
    "Refund",
    "SavedView",
    "Snooze",
    "StageChange",
    "Suppression",
    "SuppressionHit",
    "Touch",
    "name_key",
]
