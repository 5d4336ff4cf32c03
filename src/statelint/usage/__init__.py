"""The microscope: CST visitors that look at the statements which declare, write and read a cell."""
