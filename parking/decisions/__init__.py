"""Decisions: why something was shown, sent or said, and what came of it.

Every act has a decision. It is recorded in Kafka and acknowledged, then acted on, then confirmed; whoever shows a
number to a person cites the decision's id. An ``occasion`` is one taking of a decision: the same rule may conclude the
same from the same inputs again later, and then the id is the same and ``decided_at`` is not.
"""
