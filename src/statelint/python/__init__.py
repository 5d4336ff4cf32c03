"""The only place that parses Python: the map (`index`, on ast) and the microscope's reader (`source`)."""
