"""Alarms at the desk (ISA-18.2, EEMUA 191): one cause is one alarm, every alarm has an answer, and nothing is lost.

``find_conditions`` says what is wrong in what is known (``sight``), each condition under its cause; ``judge`` makes
alarms of them with delays on both sides; ``handling`` is what people say to an alarm. Both are decisions, so that
whoever reads them knows the same, after any restart: the watcher's word as ``alarm:ID``, people's as
``alarm:ID/handling``. What an alarm means and what to do about it stands in ``gateways/words/languages``.
"""
