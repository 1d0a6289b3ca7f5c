"""The parts a scenario is played with. See README.md."""
