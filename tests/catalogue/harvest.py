"""Read a catalogue as CKAN's harvester does; run by the interpreter that has CKAN.

Prints what its parser makes of the Turtle on standard input, as JSON, in the language that is the
argument.
"""

import json
import sys

from ckan.plugins.toolkit import config
from ckanext.dcat.processors import RDFParser

config["ckan.locale_default"] = sys.argv[1]
parser = RDFParser(profiles=["euro_dcat_ap_3"])
parser.parse(sys.stdin.read(), "turtle")
json.dump(list(parser.datasets()), sys.stdout)
