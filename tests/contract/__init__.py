"""The contract, run on every source of ours; a package so that tests can share the mutants."""
