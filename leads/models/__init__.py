from leads.models.account import Account
from leads.models.activity import Activity, Note
from leads.models.back_test import BackTest, BackTestLead
from leads.models.campaign import Campaign, Channel, Cost, name_key
from leads.models.custom import CustomField, FactChange
from leads.models.deal import Deal, DealContact, Refund
from leads.models.definition import Acknowledgement, Definition, DefinitionRemark
from leads.models.handover import Assignment, Handover, Pool
from leads.models.history import AllowedMove, StageChange
from leads.models.imports import ImportBatch, ImportChange, ImportProblem
from leads.models.last_touch import LastTouch
from leads.models.lead import ExternalId, Lead
from leads.models.lists import BulkAct, SavedView
from leads.models.nurture import ReturnDate
from leads.models.score import CloseModel, LeadScore, ScoreDue, ScoreEntry
from leads.models.snooze import Snooze
from leads.models.suppression import Appeal, Suppression, SuppressionHit
from leads.models.touch import Touch

__all__ = [
    "Account",
    "Acknowledgement",
    "Activity",
    "AllowedMove",
    "Appeal",
    "Assignment",
    "BackTest",
    "BackTestLead",
    "BulkAct",
    "Campaign",
    "Channel",
    "CloseModel",
    "Cost",
    "CustomField",
    "Deal",
    "DealContact",
    "Definition",
    "DefinitionRemark",
    "ExternalId",
    "FactChange",
    "Handover",
    "ImportBatch",
    "ImportChange",
    "ImportProblem",
    "LastTouch",
    "Lead",
    "LeadScore",
    "Note",
    "Pool",
    "Refund",
    "ReturnDate",
    "SavedView",
    "ScoreDue",
    "ScoreEntry",
    "Snooze",
    "StageChange",
    "Suppression",
    "SuppressionHit",
    "Touch",
    "name_key",
]
