"""Kills at random and full disks, against the real service: nothing lost, doubled, stuck, or parked for their sake."""
