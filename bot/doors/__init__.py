"""What the verbs of the command line do, as functions from parsed arguments to text or a report. A module for each kind."""
