"""HL7 v2 over MLLP in: messages of monitors, laboratory and admission become records, or get a reasoned no."""
