"""The sub-commands of `assurance log`: one module each, with SUMMARY, configure and run."""
