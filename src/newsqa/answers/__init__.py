"""From passages to an answer: read, weigh, quote, or abstain."""
