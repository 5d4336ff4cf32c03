"""The microscope: CST visitors that look at the statements which declare, write and read a cell.

`look.py` is the way in and decides; `kinds.py` holds the list of kinds. `scene.py` finds the cell and its other
names in one statement, `writes.py` the writes; every other module asks one question of some scenes and answers
with a value of its own. Only `look.py` and `kinds.py` may be imported without cost: the others need libcst.
"""
