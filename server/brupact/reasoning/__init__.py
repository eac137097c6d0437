"""What follows from the data by the published rules, and why.

Pure functions over a store of quads: the rules are files (`rules`), they run to a fixpoint
(`fixpoint`) or as far as a change reaches (`revision`), and what they yield can be accounted for
(`explanation`).
"""

from brupact.reasoning.checks import unreasoned, unstratified
from brupact.reasoning.explanation import Explanation, Premise, explain
from brupact.reasoning.fixpoint import ClosureReport, Violation, closure, violations
from brupact.reasoning.patterns import Pattern
from brupact.reasoning.reference import closure_by_owlrl
from brupact.reasoning.revision import revise
from brupact.reasoning.rules import Absence, Kind, Rule, load_rules, read_rule, rule_quads

#: Ways to close a store under the rules, by name; the first is the one in use.
REASONERS = {"brupact": closure, "owlrl": closure_by_owlrl}

__all__ = [
    "Absence",
    "ClosureReport",
    "Explanation",
    "Kind",
    "Pattern",
    "Premise",
    "Rule",
    "Violation",
    "REASONERS",
    "closure",
    "closure_by_owlrl",
    "explain",
    "load_rules",
    "read_rule",
    "revise",
    "rule_quads",
    "unreasoned",
    "unstratified",
    "violations",
]
