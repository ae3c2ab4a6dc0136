"""Who publishes a release, and where they answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twingraph.errors import BadSetting
from twingraph.settings import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = (
    *("Academia-ScientificOrganisation", "Company", "IndustryConsortium", "LocalAuthority", "NationalAuthority"),
    *("NonGovernmentalOrganisation", "NonProfitOrganisation", "PrivateIndividual(s)", "RegionalAuthority"),
    *("StandardisationBody", "SupraNationalAuthority"),
)
"""The kinds of publishers that portals know (ADMS, Publisher Type)."""
_LONGEST = 200
_HOST = r"[\w-]+(?:\.[\w-]+)+"
# What RFC 3986 leaves out of a URL has no place in an IRI of the catalogue either.
_REST = r"""(?::\d{1,5})?(?:[/?#][^\s\x00-\x1f\x7f\ud800-\udfff<>"{}|\\^`]*)?"""
_CONTACT = re.compile(rf"mailto:[\w.+-]+@{_HOST}|https://{_HOST}{_REST}")


@dataclass(frozen=True, slots=True)
class Publisher:
    """A name, the address at which they are reached, and of which kind they are. Raises BadSetting.

    contact: a URL with https or mailto; kind: one of KINDS.
    """

    name: str = "The twingraph project"
    contact: str = BASE
    kind: str = "NonProfitOrganisation"

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable() or len(self.name) > _LONGEST:
            raise BadSetting(
                f"{self.name!r} is no name of a publisher; give one of up to {_LONGEST} characters on one line.",
                f"{self.name!r} nav izdevēja nosaukums; norādiet to vienā rindā, ne vairāk kā {_LONGEST} rakstzīmēs.",
            )
        if not _CONTACT.fullmatch(self.contact):
            raise BadSetting(
                f"{self.contact!r} is no contact; give a URL with https://, or mailto: and an e-mail address.",
                f"{self.contact!r} nav saziņas adrese; norādiet URL ar https:// vai mailto: un e-pasta adresi.",
            )
        if self.kind not in KINDS:
            raise BadSetting(
                f"{self.kind!r} is no kind of publisher; give one of {', '.join(KINDS)}.",
                f"{self.kind!r} nav izdevēja veids; norādiet vienu no šiem: {', '.join(KINDS)}.",
            )

    def changed(self, given: Mapping[str, str | None]) -> Publisher:
        """Give the publisher with what is given in place of what there was; None leaves it. Raises BadSetting."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})


PROJECT = Publisher()
"""Who publishes unless another is named."""
