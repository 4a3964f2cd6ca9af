import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v26.datatype.NM;
import ca.uhn.hl7v2.model.v26.group.ORU_R01_ORDER_OBSERVATION;
import ca.uhn.hl7v2.model.v26.message.ORU_R01;
import ca.uhn.hl7v2.model.v26.segment.OBX;
import ca.uhn.hl7v2.model.v26.segment.PID;
import ca.uhn.hl7v2.util.Terser;
import java.util.concurrent.TimeUnit;

/** A monitor gateway as HAPI would have it: sends heart rates over one MLLP connection and prints each answer. */
public final class HapiSender {
    /** Arguments: port, medical record number, time of the observations (HL7), then a heart rate for each message. */
    public static void main(String[] arguments) throws Exception {
        try (HapiContext context = new DefaultHapiContext()) {
            Connection connection = context.newClient("127.0.0.1", Integer.parseInt(arguments[0]), false);
            connection.getInitiator().setTimeout(30, TimeUnit.SECONDS);
            for (int at = 3; at < arguments.length; at++) {
                ORU_R01 sent = observed(arguments[1], arguments[2], arguments[at]);
                Message answer = connection.getInitiator().sendAndReceive(sent);
                Terser read = new Terser(answer);
                String same = sent.getMSH().getMessageControlID().getValue().equals(read.get("/MSA-2")) ? "same" : "other";
                System.out.println(read.get("/MSA-1") + " " + same + " " + read.get("/MSH-9-1"));
            }
        }
    }

    private static ORU_R01 observed(String number, String time, String rate) throws Exception {
        ORU_R01 message = new ORU_R01();
        message.initQuickstart("ORU", "R01", "P");
        message.getMSH().getSendingApplication().getNamespaceID().setValue("HAPI");
        PID person = message.getPATIENT_RESULT().getPATIENT().getPID();
        person.getPatientIdentifierList(0).getIDNumber().setValue(number);
        person.getPatientIdentifierList(0).getAssigningAuthority().getNamespaceID().setValue("HOSPITAL");
        person.getPatientIdentifierList(0).getIdentifierTypeCode().setValue("MR");
        ORU_R01_ORDER_OBSERVATION order = message.getPATIENT_RESULT().getORDER_OBSERVATION();
        order.getOBR().getObservationDateTime().setValue(time);
        OBX observation = order.getOBSERVATION().getOBX();
        observation.getSetIDOBX().setValue("1");
        observation.getValueType().setValue("NM");
        observation.getObservationIdentifier().getIdentifier().setValue("147842");
        observation.getObservationIdentifier().getText().setValue("MDC_ECG_HEART_RATE");
        observation.getObservationIdentifier().getNameOfCodingSystem().setValue("MDC");
        NM value = new NM(message);
        value.setValue(rate);
        observation.getObservationValue(0).setData(value);
        observation.getUnits().getIdentifier().setValue("264864");
        observation.getUnits().getText().setValue("MDC_DIM_BEAT_PER_MIN");
        observation.getUnits().getNameOfCodingSystem().setValue("MDC");
        observation.getObservationResultStatus().setValue("R");
        return message;
    }
}
