"""Which channels hear of an announcement: pure, and the same for every worker."""

from collections.abc import Iterable, Mapping, Sequence

from deltaci.store.tables import Announcement, NotificationPreference

ALL = "*"


def who_hears(
    news: Announcement, preferences: Iterable[NotificationPreference]
) -> Mapping[str, NotificationPreference]:
    """Return the preference that counts of each channel that hears of the news, by channel.

    Of several that fit, the one that names the event most exactly counts, and of those the oldest:
    a channel hears of one thing once.
    """
    fitting = [each for each in preferences if _fits(each, news)]
    fitting.sort(key=lambda each: (_vagueness(each.event_type), each.id))
    chosen: dict[str, NotificationPreference] = {}
    for each in fitting:
        chosen.setdefault(each.channel_id, each)
    return chosen


def _fits(preference: NotificationPreference, news: Announcement) -> bool:
    wanted = preference.event_type
    named = wanted in {ALL, news.event_type} or (
        wanted.endswith(".*") and news.event_type.startswith(wanted[:-1])
    )
    return (
        named
        and _allows(preference.products, _names(news.product, news, "products"))
        and _allows(preference.environments, _names(news.environment, news, "environment_names"))
        and _allows(preference.statuses, [news.status] if news.status else [])
    )


def _names(one: str | None, news: Announcement, several: str) -> Sequence[str]:
    """What the news are about: one name, or those that its payload lists."""
    if one is not None:
        return [one]
    listed = news.payload.get(several)
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _allows(patterns: Sequence[str], names: Sequence[str]) -> bool:
    return not patterns or any(_is(pattern, name) for pattern in patterns for name in names)


def _is(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith(ALL) else name == pattern


def _vagueness(event_type: str) -> int:
    return 2 if event_type == ALL else int(event_type.endswith(".*"))
