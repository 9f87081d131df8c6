"""Errors as RFC 9457 problems: stable code, German sentence, remedy; never an inner detail."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from eakte.errors import Invalid, NotFound, Problem
from eakte.web.envelope import BodyTooLarge, Envelope
from eakte.web.watched import route_of

logger = logging.getLogger(__name__)


class ProblemBody(BaseModel):
    """What every error answers (RFC 9457)."""

    type: str = Field(examples=["urn:eakte:problem:not-found"])
    title: str
    status: int
    detail: str
    code: str
    remedy: str


class NoSuchMethod(Problem):
    """The address knows other methods."""

    code, status, title = "method-not-allowed", 405, "Methode nicht erlaubt"
    remedy = "Die Adressen und Methoden stehen in openapi/v1.json."


_OF_THE_FRAMEWORK: dict[int, type[Problem]] = {404: NotFound, 405: NoSuchMethod, 413: BodyTooLarge}


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The HTTP form of a problem."""
    body = ProblemBody(
        type=f"urn:eakte:problem:{problem.code}", title=problem.title, status=problem.status,
        detail=problem.detail, code=problem.code, remedy=problem.remedy,
    )  # fmt: skip
    sent = dict(headers or {})
    if (seconds := getattr(problem, "retry_after", None)) is not None:
        sent["Retry-After"] = str(seconds)
    if problem.status == 401:
        sent["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body.model_dump(), problem.status, sent, media_type="application/problem+json")


def answer_with_problems(app: FastAPI) -> None:
    """Make every error of the application a problem, in its description too, and put every request in its envelope."""
    app.add_middleware(Envelope)
    describe = app.openapi
    app.openapi = lambda: _with_problem_type(describe())  # type: ignore[method-assign]

    @app.exception_handler(Problem)
    def _known(_request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, Problem)
        return problem_response(problem)

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem_response(Invalid(_named_fields(error.errors())))

    @app.exception_handler(HTTPException)
    def _of_the_framework(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return problem_response(_OF_THE_FRAMEWORK.get(error.status_code, Invalid)(), error.headers)

    @app.exception_handler(ClientDisconnect)
    def _left(_request: Request, _error: Exception) -> JSONResponse:
        return problem_response(Invalid())  # nobody hears it; no error of ours

    @app.exception_handler(Exception)
    def _unknown(request: Request, error: Exception) -> JSONResponse:
        logger.error("unexpected error in %s %s", request.method, route_of(request.scope), exc_info=error)
        return problem_response(Problem())


def _with_problem_type(described: dict[str, Any]) -> dict[str, Any]:
    """The framework knows only one media type for all answers of a route."""
    for address in described["paths"].values():
        for operation in address.values():
            content = operation["responses"]["default"]["content"]
            if "application/json" in content:
                content["application/problem+json"] = content.pop("application/json")
    return described


def _named_fields(errors: Any) -> str:
    places = [".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0]) for error in errors]
    return "Nicht lesbar: " + "; ".join(
        f"{place} ({error['type']})" for place, error in zip(places, errors, strict=True)
    )


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemBody, "description": "Problem (RFC 9457)"},
}
"""For `responses=` of a router: every route may answer a problem."""
