"""What the trail's routes mean, in words of the pages, for those an NGO meets most."""

from collections.abc import Mapping, Sequence

from app.web.pages.languages import gettext, marked

_DEEDS: Mapping[str, Sequence[str]] = {
    marked("Sign in"): ("POST /sign-in", "GET /sign-in/openid/back"),
    marked("Sign out"): ("POST /sign-out",),
    marked("Look at the rounds"): ("GET /", "GET /rounds", "GET /v1/rounds"),
    marked("Look at the overview"): ("GET /overview",),
    marked("Look at a round"): ("GET /rounds/{round_id}", "GET /v1/rounds/{round_id}", "GET /rounds/{round_id}/live"),
    marked("Watch a round"): ("GET /rounds/{round_id}/monitor", "GET /rounds/{round_id}/monitor/now"),
    marked("Look at a site"): ("GET /sites/{code}",),
    marked("Compare sites"): ("GET /compare", "GET /v1/trends", "GET /v1/rounds/{round_id}/benchmarks"),
    marked("Look at the quality of answers"): ("GET /rounds/{round_id}/quality", "GET /v1/rounds/{round_id}/quality"),
    marked("Plan a round, or launch it"): ("POST /rounds/new",),
    marked("Look at what a launch would mean"): ("POST /v1/rounds/preview",),
    marked("Launch a round"): ("POST /v1/rounds",),
    marked("Publish figures"): ("POST /v1/rounds/{round_id}/publish",),
    marked("Pause a round"): ("POST /rounds/{round_id}/pause", "POST /v1/rounds/{round_id}/pause"),
    marked("Let a round go on"): ("POST /rounds/{round_id}/resume", "POST /v1/rounds/{round_id}/resume"),
    marked("Stop a round"): ("POST /rounds/{round_id}/stop", "POST /v1/rounds/{round_id}/stop"),
    marked("Read unclear replies"): ("GET /rounds/{round_id}/unclear", "GET /v1/rounds/{round_id}/unclear"),
    marked("Code an unclear reply"): (
        "POST /rounds/{round_id}/unclear/{answer_id}", "POST /v1/answers/{answer_id}/code",
    ),
    marked("Look at the surveys"): ("GET /surveys", "GET /v1/surveys"),
    marked("Look at a survey"): ("GET /surveys/{code}", "GET /v1/surveys/{code}"),
    marked("Write a survey"): ("POST /surveys", "POST /surveys/{code}", "POST /v1/surveys"),
    marked("Publish a survey"): ("POST /v1/surveys/{code}/publish",),
    marked("Import an XLSForm"): ("POST /surveys/xlsform", "POST /v1/surveys/xlsform"),
    marked("Take a survey away as XLSForm"): ("GET /surveys/{code}/xlsform", "GET /v1/surveys/{code}/xlsform"),
    marked("Look at people and sites"): ("GET /people", "GET /v1/workers", "GET /v1/sites"),
    marked("Look at a roster before it is taken in"): ("POST /people/roster/look",),
    marked("Take a roster in"): ("POST /people/roster", "POST /v1/workers"),
    marked("Erase a person"): ("POST /people/erase", "POST /v1/workers/erase"),
    marked("Change a site"): ("POST /people/sites/new", "POST /people/sites/{code}", "PUT /v1/sites"),
    marked("Look at the needs"): ("GET /needs", "GET /v1/needs"),
    marked("Look at a need"): ("GET /needs/{need}", "GET /v1/needs/{need}/case"),
    marked("Look at sensitive cases"): ("GET /cases", "GET /v1/needs/sensitive"),
    marked("Look at a sensitive case"): ("GET /cases/{need}",),
    marked("Take a sensitive case on"): ("POST /cases/{need}/acknowledge", "POST /v1/needs/{need}/acknowledge"),
    marked("Write a note on a need"): ("POST /needs/{need}/notes", "POST /cases/{need}/notes"),
    marked("Close a need"): ("POST /needs/{need}/close", "POST /cases/{need}/close", "POST /v1/needs/{need}/close"),
    marked("Join two needs"): ("POST /needs/{need}/join", "POST /cases/{need}/join", "POST /v1/needs/{need}/join"),
    marked("Give a request to another service"): (
        "POST /needs/{need}/transfer", "POST /v1/referrals/{referral}/transfer",
    ),
    marked("End a request"): ("POST /needs/{need}/end",),
    marked("Look at requests"): ("GET /desk", "GET /v1/referrals"),
    marked("Look at a request"): ("GET /desk/referrals/{referral}", "GET /v1/referrals/{referral}"),
    marked("Read how to reach somebody"): ("GET /v1/referrals/{referral}/contact",),
    marked("Answer a request"): ("POST /desk/referrals/{referral}", "POST /v1/referrals/{referral}/state"),
    marked("Look at the registry"): ("GET /registry", "GET /v1/services"),
    marked("Import services"): ("POST /registry/import", "POST /v1/registry", "POST /v1/registry/sheet"),
    marked("Change a service"): ("POST /registry/services/{service}",),
    marked("Verify a service"): ("POST /registry/services/{service}/verify", "POST /v1/services/{service}/verify"),
    marked("Change who is told of sensitive cases"): (
        "POST /focal-points", "POST /focal-points/{key}/remove", "PUT /v1/focal-points",
    ),
    marked("Write what was done"): ("POST /rounds/{round_id}/actions", "POST /actions/{key}", "POST /v1/actions"),
    marked("Tell workers what was done"): ("POST /actions/{key}/tell", "POST /v1/actions/{action}/tell"),
    marked("Take figures away"): (
        "GET /v1/rounds/{round_id}/export", "GET /v1/rounds/{round_id}/report", "GET /v1/trends/export",
        "GET /v1/exports/{export}/file",
    ),
    marked("Take answers away"): ("POST /v1/rounds/{round_id}/respondents",),
    marked("Look at who has access"): ("GET /accounts", "GET /v1/accounts"),
    marked("Invite somebody"): ("POST /accounts/invite", "POST /v1/accounts/invitations"),
    marked("Change a grade"): ("POST /accounts/{account}/grade", "PUT /v1/accounts/{account}/role"),
    marked("Take access away"): ("POST /accounts/{account}/remove", "DELETE /v1/accounts/{account}"),
    marked("Make a key"): ("POST /v1/keys",),
    marked("Take a key away"): ("DELETE /v1/keys/{key}",),
    marked("Read the audit trail"): ("GET /audit", "GET /v1/audit"),
}  # fmt: skip
"""What somebody asked for → the routes that ask for it, as `app/web/trail.py` writes them down."""

ROUTES: Mapping[str, str] = {route: deed for deed, routes in _DEEDS.items() for route in routes}
_REFUSED, _FAILED = 400, 500


def deed(action: str) -> str:
    """What a route of the trail asks for; empty where the route itself says all that is known."""
    return gettext(ROUTES[action]) if action in ROUTES else ""


def ending(outcome: int) -> str:
    """What came of it, by its HTTP status."""
    if outcome < _REFUSED:
        return gettext("done")
    return gettext("refused") if outcome < _FAILED else gettext("failed")
