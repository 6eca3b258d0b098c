"""An alarm in words: what is the matter, of what, and what to do about it."""

from gateways.words.language import Language
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition


def alarm_title(language: Language, condition: AlarmCondition) -> str:
    """What is the matter, with what it is called: "P1 Bretagne: number unknown"."""
    title = language.word(condition.kind)
    return f"{condition.name}: {title}" if condition.name else title


def alarm_answer(language: Language, kind: TroubleKind) -> str:
    """What an operator should do about a trouble of this kind."""
    return language.say(f"answer.{kind.value}")
