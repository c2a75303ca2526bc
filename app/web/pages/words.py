"""Words for codes that a page may meet, so that the catalogs hold them; any other code is told as it is written."""

from collections.abc import Sequence

from app.web.pages.languages import marked

DOMAINS: Sequence[str] = (
    marked("Pay"), marked("Hours"), marked("Safety"), marked("Respect"), marked("Voice"), marked("Health"),
    marked("Food"), marked("Money"), marked("Care"), marked("Freedom"), marked("Other"),
)  # fmt: skip
INDICATORS: Sequence[str] = (
    marked("Dignity"), marked("Staying"), marked("Life satisfaction"), marked("Feeling"), marked("Anxiety"),
    marked("Depression"),
)  # fmt: skip
WAY: Sequence[str] = (
    marked("Invited"), marked("Sent"), marked("Delivered"), marked("Started"), marked("Complete"), marked("Partial"),
    marked("Refused"), marked("Unclear"),
)  # fmt: skip
DISPOSITIONS: Sequence[str] = (
    marked("Refusal"), marked("Non contact"), marked("Unknown"), marked("Not eligible"), marked("Not attempted"),
)  # fmt: skip
REFERRALS: Sequence[str] = (
    marked("Draft"), marked("Requested"), marked("Accepted"), marked("In progress"), marked("On hold"),
    marked("Completed"), marked("Rejected"), marked("Failed"), marked("Cancelled"), marked("Entered in error"),
)  # fmt: skip
NEEDS: Sequence[str] = (
    marked("Wages"), marked("Deductions"), marked("Overtime"), marked("Leave"), marked("Water"), marked("Call"),
    marked("Documents"), marked("Harassment"), marked("Legal"), marked("Violence"), marked("Sexual harm"),
    marked("Violence at home"), marked("Injury"), marked("Maternity"), marked("Counselling"), marked("Self harm"),
    marked("Recruitment debt"), marked("Savings"), marked("Benefits"), marked("Dismissal"), marked("Discrimination"),
    marked("Travel home"), marked("Translation"), marked("Forced labour"), marked("Child labour"), marked("Housing"),
    marked("Shelter"), marked("Childcare"), marked("School"), marked("Work"), marked("Training"), marked("Transport"),
    marked("Normal"), marked("Urgent"), marked("Emergency"),
)  # fmt: skip
PEOPLE: Sequence[str] = (
    marked("Gender"), marked("Age band"), marked("Employment"), marked("Site"), marked("Language"), marked("Female"),
    marked("Male"), marked("Permanent"), marked("Contract"),
)  # fmt: skip
ACTIONS: Sequence[str] = (marked("Planned"), marked("Under way"), marked("Done"), marked("Dropped"))
CONTACTS: Sequence[str] = (
    marked("Give an address, a phone, or both."), marked("Say where the phone is, such as BD."),
    marked("Say in which time zone the phone is, such as Asia/Dhaka."),
)  # fmt: skip
ROLES: Sequence[str] = (
    marked("Operator"), marked("NGO"), marked("Brand"), marked("Provider"), marked("Reader"), marked("Editor"),
    marked("Administrator"), marked("Focal point"), marked("Analyst"),
)  # fmt: skip
CODES_IN_SENTENCES: Sequence[str] = (
    marked("operator"), marked("ngo"), marked("brand"), marked("provider"), marked("reader"), marked("editor"),
    marked("admin"), marked("focal-point"), marked("respondents"),
)  # fmt: skip
SURVEYS: Sequence[str] = (
    marked("Single"), marked("Many"), marked("Yes no"), marked("Number"), marked("Scale"), marked("Text"), marked("Note"),
    marked("Reviewed"), marked("Official"), marked("Mean"), marked("Raw"), marked("Standard"), marked("High"),
    marked("Recommendation"),
)  # fmt: skip
ANSWERS: Sequence[str] = (marked("Not Found"), marked("Method Not Allowed"))
"""What the framework calls an address where nothing is, or that takes something else."""
