"""Phone numbers in the one form in which they are kept, and the masked form in which they may be seen."""

import re
import unicodedata
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from app.domain.errors import InvalidError
from app.domain.phrases import phrase

_MEXICO: Final = 52
_ARGENTINA: Final = 54
# Until 2019 Mexican mobiles were dialled with 1 from abroad and 044 or 045 at home; old lists still write so.
_MEXICAN_PREFIX = re.compile(r"(?:1|044|045)(\d{10})")


def normalise(raw: str, country: str) -> str:
    """The E.164 form of a number, the same for every way of writing it.

    Digits of any script, spaces and punctuation are taken; letters and extensions are not. Two countries have
    two forms for one phone, and a reply in the other form would find no worker, so one is kept:

    - Mexico: `+52` and ten digits; the old mobile `1` is dropped (`+5215512345678` → `+525512345678`).
    - Argentina: `+549` and ten digits, the mobile form, also for a number given as `+54` and ten digits,
      wherever the mobile form is valid: a text can reach no other phone. A landline would so be kept in a form
      that cannot ring it.

    Args:
        raw: As written by a person, a spreadsheet or a carrier.
        country: ISO 3166-1 alpha-2; used when `raw` has no international prefix.

    Raises:
        InvalidError: Nobody could dial it. The message never repeats the number, for it may be logged.
    """
    number = _one_form(_parse(_plain(raw), country.strip().upper()))
    if not phonenumbers.is_valid_number(number):
        raise InvalidError(
            phrase(
                "This is not a phone number in use; write it as + and digits, or as dialled in {country}",
                country=country,
            )
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mask(e164: str) -> str:
    """The country code and the last two digits: `+8801711000001` → `+880…01`. Never fails; shows less when unsure."""
    try:
        code = phonenumbers.parse(e164).country_code
    except NumberParseException:
        return "…"
    return f"+{code}…{e164[-2:]}"


def _plain(raw: str) -> str:
    """The text without the invisible direction marks that spreadsheets leave behind."""
    return "".join(character for character in raw if unicodedata.category(character) != "Cf")


def _parse(text: str, country: str) -> PhoneNumber:
    # The parser would read 1-800-FLOWERS and find a number inside a sentence; in a list of workers that is a slip.
    if any(character.isalpha() or character in "#;,*" for character in text):
        raise InvalidError("A phone number holds no letters, extensions or second numbers")
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        raise InvalidError(
            phrase("This cannot be read as a phone number of {value}", value=country or "no country")
        ) from None


def _one_form(number: PhoneNumber) -> PhoneNumber:
    national = str(number.national_number)
    if number.country_code == _MEXICO:
        return _mexican(number)
    if number.country_code == _ARGENTINA and phonenumbers.number_type(number) is not PhoneNumberType.MOBILE:
        mobile = PhoneNumber(country_code=_ARGENTINA, national_number=int("9" + national))
        return mobile if phonenumbers.is_valid_number(mobile) else number
    return number


def _mexican(number: PhoneNumber) -> PhoneNumber:
    dialled = _MEXICAN_PREFIX.fullmatch(phonenumbers.national_significant_number(number))
    if dialled is None:
        return number
    return PhoneNumber(country_code=_MEXICO, national_number=int(dialled[1]))
