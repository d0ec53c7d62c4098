"""A dataset folder to the Hugging Face Hub: the same bytes, card and all, in one commit.

A folder is uploaded as it is, for ``DatasetDict.push_to_hub`` would write other files and a card of its own.
"""

from __future__ import annotations

from pathlib import Path

from hirkit.records import UserError


def push_to_hub(folder: Path, name: str, private: bool = True, endpoint: str | None = None) -> str:
    """Upload a folder as the dataset ``name`` ("me/replays"), made if there is none; returns its address.

    New datasets are private unless said otherwise: prompts and responses may be anyone's. The token is the one that
    ``hf auth login`` or ``HF_TOKEN`` provides. What is already there and not in the folder stays.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
    except ImportError:
        raise UserError("--push-to-hub needs huggingface_hub: python -m pip install 'hirkit[data]'") from None
    if not (folder / "dataset_dict.json").is_file():
        raise UserError(f"{folder}: no dataset folder; write one first, with --export hf")
    api = HfApi(endpoint=endpoint)
    try:
        repo = api.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo.repo_id, folder_path=folder, repo_type="dataset", commit_message="Replays, by hirkit relabel"
        )
    except HFValidationError as err:
        raise UserError(f"--push-to-hub {name}: {err}") from None
    except LocalTokenNotFoundError:
        raise UserError(f"--push-to-hub {name}: no token; run `hf auth login`, or set HF_TOKEN") from None
    except (HfHubHTTPError, OSError) as err:
        why = str(err).partition("\n")[0]
        raise UserError(f"--push-to-hub {name}: {why}; the folder {folder} is written and complete", code=3) from None
    return str(repo)
