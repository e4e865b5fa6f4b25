"""GitHub: github.com and GitHub Enterprise Server, by App or by token."""
