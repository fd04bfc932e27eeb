# The service's image: ./mvnw package, then docker build -t afterimage .
# BASE is any image with bash and a Java runtime 25 or newer on its PATH; a site without a registry gives its own.
ARG BASE=eclipse-temurin:25-jre

# Unpacked, the libraries are a layer that changes only when a version does, and the service starts faster.
FROM ${BASE} AS unpacked
WORKDIR /unpacked
COPY target/afterimage.jar afterimage.jar
RUN java -Djarmode=tools -jar afterimage.jar extract --layers --destination . --force

FROM ${BASE}
# Numbers only: nothing of the base's user tools is needed. Files that this user creates carry these ids.
ARG USER_ID=10001
RUN mkdir -p /data /databases && chown ${USER_ID}:${USER_ID} /data /databases && chmod 700 /data
WORKDIR /app
COPY --from=unpacked /unpacked/dependencies/ ./
COPY --from=unpacked /unpacked/spring-boot-loader/ ./
COPY --from=unpacked /unpacked/snapshot-dependencies/ ./
COPY --from=unpacked /unpacked/application/ ./

# The node's name is only shown; a container's host name would be another one whenever it is made anew. The locale tells the JVM that
# names of files are UTF-8.
ENV LC_ALL=C.UTF-8 \
    AFTERIMAGE_HOME=/data \
    AFTERIMAGE_NODE=afterimage \
    AFTERIMAGE_DATABASES_ROOTS=/databases \
    SERVER_ADDRESS=0.0.0.0 \
    SERVER_PORT=8080
USER ${USER_ID}:${USER_ID}
WORKDIR /data
VOLUME /data
EXPOSE 8080

# bash speaks TCP by itself, so the base needs no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$SERVER_PORT && printf 'GET /actuator/health HTTP/1.0\\r\\n\\r\\n' >&3 && head -1 <&3 | grep -q ' 200'"]

# exec form: the JVM is process 1 and gets the SIGTERM of docker stop. JAVA_TOOL_OPTIONS adds options such as -Xmx.
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "-XX:+ExitOnOutOfMemoryError", "-jar", "/app/afterimage.jar"]
