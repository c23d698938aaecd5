"""Issues one card of each template in a fresh sandbox, so that ids 3001 to 3008 exist."""

import base64
import json
import sys
import urllib.request

TEMPLATES = [
    ("VISA_VIRTUAL", 2001, "/MAIN"),
    ("MC_VIRTUAL", 2001, "/MAIN"),
    ("VISA_CARD", 2002, "/MAIN"),
    ("MC_CARD", 2002, "/MAIN"),
    ("DEBIT_MC", 2003, ""),
    ("DEBIT_MC_VIRTUAL", 2003, ""),
    ("DEBIT_VISA", 2003, ""),
    ("DEBIT_VISA_VIRTUAL", 2003, ""),
]

base = sys.argv[1]
credentials = base64.b64encode(b"sandbox:sandbox").decode()
for number, (template, account, role) in enumerate(TEMPLATES, start=3001):
    url = f"{base}/card/v4/{template}/customer/1001/account/{account}{role}?auditUser=schema"
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, b"{}", headers)) as response:
        created = json.load(response)
    if created["id"] != str(number):
        sys.exit(f"{template}: expected card {number}, got {created['id']}")
