"""Secrets by reference: resolved when needed, shown to nobody, redacted wherever text leaves the console."""

from cm_console.secrets.keyrings import backend_words as backend_words
from cm_console.secrets.process import child_environment as child_environment
from cm_console.secrets.process import harden as harden
from cm_console.secrets.redaction import RedactingFilter as RedactingFilter
from cm_console.secrets.redaction import Redactor as Redactor
from cm_console.secrets.redaction import redact as redact
from cm_console.secrets.redaction import redactor as redactor
from cm_console.secrets.references import SecretError as SecretError
from cm_console.secrets.references import is_reference as is_reference
from cm_console.secrets.resolving import resolve as resolve
from cm_console.secrets.resolving import store as store
