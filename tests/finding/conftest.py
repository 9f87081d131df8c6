from tests.casefiles.conftest import house, office

__all__ = ["house", "office"]
