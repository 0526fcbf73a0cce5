from customers.models.change import Change
from customers.models.consent import Basis, Consent, ConsentState, Purpose
from customers.models.contact_point import ContactPoint, Suppression
from customers.models.custom_field import CustomField
from customers.models.customer import Affiliation, Customer, Opening
from customers.models.import_file import ImportedCustomer, ImportFile, SkippedRow
from customers.models.search import SearchTerm
from customers.models.touched import Touched

__all__ = [
    "Affiliation",
    "Basis",
    "Change",
    "Consent",
    "ConsentState",
    "ContactPoint",
    "CustomField",
    "Customer",
    "ImportFile",
    "ImportedCustomer",
    "Opening",
    "Purpose",
    "SearchTerm",
    "SkippedRow",
    "Suppression",
    "Touched",
]
