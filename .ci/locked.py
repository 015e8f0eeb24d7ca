"""Locked workbooks, opened by a program that is not ours."""

import io

import msoffcrypto

from post import Failed, check


def mso(data, password):
    """What msoffcrypto-tool makes of a locked file, HMAC checked, or the name of its error."""
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        check(file.is_encrypted(), "msoffcrypto-tool sees an encrypted file")
        out = io.BytesIO()
        if file.type == "agile":
            file.load_key(password=password, verify_password=True)
            file.decrypt(out, verify_integrity=True)
        else:
            file.load_key(password=password)
            file.decrypt(out)
        return file.type, out.getvalue()
    except msoffcrypto.exceptions.FileFormatError as e:
        raise Failed(f"msoffcrypto-tool reads the container: {e}") from e
    except (msoffcrypto.exceptions.InvalidKeyError, msoffcrypto.exceptions.DecryptionError) as e:
        return type(e).__name__, None
