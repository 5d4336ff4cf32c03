"""The microscope: CST visitors that look at the statements which declare, write and read a cell.

`look.py` is the way in, `kinds.py` holds the list of kinds. `parts.py` and `scene.py` find the cell and its
other names in one statement, `writes.py` the writes; every other module asks one question and answers with a
value of its own. `look`, `kinds`, `names` and `words` cost nothing to import: the others need libcst.
"""
