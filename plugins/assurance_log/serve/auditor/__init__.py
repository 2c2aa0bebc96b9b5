"""The auditor's pages: HTML that the server writes, and one script that checks a proof.

Everything but that check is readable without a script. `pages` has the routes, `render` the
templates and headers, `steps` the proof as it is shown where no script runs.
"""
