"""Table of the exercises that a volunteer has done."""

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class TrainingAnswer(Stamped, Base):
    """That an account did an exercise, and whether it was right in the end. Tells nothing of how well it reads."""

    __tablename__ = "training_answer"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    right: Mapped[bool]
